#pragma once

#include <cstddef>
#include <cstdint>

#include "proxy/access/limits.h"

namespace postern::imap {

/// Bounds of the server and of each session. 30 minutes of idling: RFC 3501 section 5.4.
struct Limits : access::Limits {
  std::uint64_t message = 150ULL * 1024 * 1024;  ///< octets of one APPEND
  std::size_t command_line = 64 * 1024;          ///< octets, after login

  /// Between two words of how far a command is (RFC 9585).
  Duration progress_every = std::chrono::seconds(10);

  unsigned bad_before_login = 3;  ///< BAD commands and failed logins
  unsigned bad_in_a_row = 20;     ///< after login
};

}  // namespace postern::imap
