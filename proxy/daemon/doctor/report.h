#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "proxy/daemon/terminal.h"

namespace postern::daemon::doctor {

enum class Outcome : std::uint8_t {
  good,
  odd,  ///< works, but worth knowing
  bad,
};

/// One thing that was looked at, in words without names of persons.
struct Step {
  std::string name;  ///< "dns", "tcp", "certificate", ...
  Outcome outcome = Outcome::good;
  std::string text;
  std::string advice;  ///< what to do; empty if nothing
};

struct SourceReport {
  std::string provider;  ///< a preset, or empty
  std::string server;    ///< "host:port"
  std::vector<Step> steps;
  std::vector<std::string> transcript;  ///< "C: ..." and "S: ..."

  [[nodiscard]] Outcome outcome() const;  ///< the worst of the steps
};

[[nodiscard]] std::string to_text(const SourceReport& report, Output output);
[[nodiscard]] nlohmann::json to_json(const SourceReport& report);

}  // namespace postern::daemon::doctor
