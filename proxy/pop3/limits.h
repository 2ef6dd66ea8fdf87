#pragma once

#include <chrono>
#include <cstddef>

namespace postern::pop3 {

/// Bounds of the server and of each session.
struct Limits {
  using Duration = std::chrono::steady_clock::duration;

  std::size_t connections = 1000;
  std::size_t connections_per_address = 50;
  std::size_t command_line = 4096;  ///< octets

  Duration handshake = std::chrono::seconds(10);
  Duration before_login = std::chrono::seconds(60);  ///< for each command
  Duration idle = std::chrono::minutes(10);          ///< RFC 1939 section 3
  Duration stalled = std::chrono::minutes(5);        ///< a client that takes no octet of an answer

  unsigned bad_commands = 10;  ///< in a row
  unsigned failed_logins = 3;
};

}  // namespace postern::pop3
