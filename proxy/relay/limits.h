#pragma once

#include <chrono>
#include <cstddef>

#include "proxy/access/limits.h"

namespace postern::relay {

/// Bounds of a relay and of each of its sessions.
struct Limits : access::Limits {
  /// Programs renew an IDLE of IMAP after 29 minutes (RFC 2177 section 3), and some sleep longer.
  Limits() { idle = std::chrono::minutes(35); }

  Duration connect = std::chrono::seconds(20);     ///< to the server, all its addresses together
  Duration answer = std::chrono::seconds(30);      ///< of the server, each until the login
  Duration half_closed = std::chrono::minutes(1);  ///< once one side has ended
  unsigned failed_logins = 3;                      ///< where the relay signs in
  std::size_t line = 64UL * 1024;                  ///< octets of a line, before login
};

}  // namespace postern::relay
