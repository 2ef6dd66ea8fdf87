#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "sync/base/problem.h"

namespace postern::config {

/// A mistake in the operator's file.
struct Mistake {
  std::filesystem::path file;
  int line = 0;        ///< from 1; 0 when the file could not be read at all
  int column = 0;      ///< from 1
  std::string key;     ///< "accounts.anna.sources[0].poll"
  std::string what;    ///< what is wrong
  std::string advice;  ///< what to write

  /// "FILE:LINE:COLUMN: key: what is wrong, and what to write"
  [[nodiscard]] std::string text() const;
};

using Mistakes = std::vector<Mistake>;

/// What stands in a configuration file. May block for a moment.
[[nodiscard]] std::expected<std::string, Problem> read_text(const std::filesystem::path& file);
/// Reads and checks a whole file; all mistakes are reported at once, in the order of the file.
[[nodiscard]] std::expected<Config, Mistakes> load(const std::filesystem::path& file);
/// The same for a text; `file` is only for names and relative paths.
[[nodiscard]] std::expected<Config, Mistakes> parse(std::string_view yaml,
                                                    const std::filesystem::path& file);

/// $XDG_CONFIG_HOME/postern/postern.yaml, or /etc/postern/postern.yaml if the first does not exist
/// and the second does.
[[nodiscard]] std::filesystem::path default_file();
/// The first of the two; empty where there is neither $XDG_CONFIG_HOME nor $HOME.
[[nodiscard]] std::filesystem::path own_file();
/// The second: that of the system's service.
[[nodiscard]] std::filesystem::path system_file();

}  // namespace postern::config
