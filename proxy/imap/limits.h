#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "config/client_profile.h"
#include "proxy/access/limits.h"

namespace postern::imap {

/// Bounds of the server and of each session, and what it offers to whom. 30 minutes of idling: RFC
/// 3501 section 5.4.
struct Limits : access::Limits {
  std::uint64_t message = 150ULL * 1024 * 1024;  ///< octets of one APPEND
  std::size_t command_line = 64 * 1024;          ///< octets, after login

  /// Between two words of how far a command is (RFC 9585).
  Duration progress_every = std::chrono::seconds(10);

  /// What is not offered, or offered beside the usual: by account, and to whom. A session looks
  /// when it logs in and when its program says what it is.
  std::map<std::string, config::Switches> accounts;
  std::vector<config::ClientProfile> clients = config::built_in_clients();

  unsigned bad_before_login = 3;  ///< BAD commands and failed logins
  unsigned bad_in_a_row = 20;     ///< after login
};

}  // namespace postern::imap
