#pragma once

#include <chrono>
#include <cstddef>

namespace postern::access {

/// Bounds that every face has for its connections.
struct Limits {
  using Duration = std::chrono::steady_clock::duration;

  std::size_t connections = 1000;
  std::size_t connections_per_address = 50;

  Duration handshake = std::chrono::seconds(10);
  Duration before_login =
      std::chrono::seconds(60);                ///< for each command, from its predecessor's end
  Duration login = std::chrono::minutes(3);    ///< from the start until a login has succeeded
  Duration idle = std::chrono::minutes(30);    ///< for each command, after login
  Duration stalled = std::chrono::minutes(5);  ///< without an octet, inside a message or an answer
};

}  // namespace postern::access
