#pragma once

#include <cstddef>
#include <cstdint>

#include "proxy/access/limits.h"

namespace postern::submission {

/// Bounds of the server and of each session. 5 minutes for a command: RFC 5321 section 4.5.3.2.7.
struct Limits : access::Limits {
  Limits() { idle = std::chrono::minutes(5); }

  std::size_t command_line = 12 * 1024;          ///< octets; of AUTH: RFC 4954 section 4
  std::uint64_t message = 150ULL * 1024 * 1024;  ///< octets
  std::size_t recipients = 1000;                 ///< of one message: RFC 5321 section 4.5.3.1.8

  unsigned bad_commands = 10;  ///< in a row
  unsigned failed_logins = 3;
};

}  // namespace postern::submission
