#pragma once

#include <cstddef>

#include "proxy/access/limits.h"

namespace postern::web {

/// Bounds of the server and of each connection; heads and bodies: wire::http::RequestParser. A
/// whole request has to be there in the time of `before_login` or `idle`.
struct Limits : access::Limits {
  Limits() {
    before_login = std::chrono::seconds(15);
    idle = std::chrono::seconds(60);
    stalled = std::chrono::seconds(15);
  }

  std::size_t requests = 1000;   ///< on one connection
  std::size_t listeners = 32;    ///< connections that hear of changes
  std::size_t invitations = 16;  ///< not used yet; the oldest goes

  /// How often it is looked whether something changed, for those who listen.
  Duration pulse = std::chrono::milliseconds(400);
  /// Without a change they are sent a sign of life.
  Duration heartbeat = std::chrono::seconds(15);
};

}  // namespace postern::web
