#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace postern::imap {

/// Bounds of the server and of each session.
struct Limits {
  using Duration = std::chrono::steady_clock::duration;

  std::size_t connections = 1000;
  std::size_t connections_per_address = 50;
  std::uint64_t message = 150ULL * 1024 * 1024;  ///< octets of one APPEND
  std::size_t command_line = 64 * 1024;          ///< octets, after login

  Duration handshake = std::chrono::seconds(10);
  Duration before_login =
      std::chrono::seconds(60);                ///< for each command, from its predecessor's end
  Duration login = std::chrono::minutes(3);    ///< from the start until a login has succeeded
  Duration idle = std::chrono::minutes(30);    ///< RFC 3501 section 5.4
  Duration stalled = std::chrono::minutes(5);  ///< without an octet, inside an APPEND or an answer

  unsigned bad_before_login = 3;  ///< BAD commands and failed logins
  unsigned bad_in_a_row = 20;     ///< after login
};

}  // namespace postern::imap
