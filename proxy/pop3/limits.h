#pragma once

#include <cstddef>
#include <cstdint>

#include "proxy/access/limits.h"

namespace postern::pop3 {

/// Bounds of the server and of each session. 10 minutes of idling: RFC 1939 section 3.
struct Limits : access::Limits {
  Limits() { idle = std::chrono::minutes(10); }

  std::size_t command_line = 4096;  ///< octets

  unsigned bad_commands = 10;  ///< in a row
  unsigned failed_logins = 3;

  /// What becomes of a message that a device deletes: it is hidden from that device, or goes. The
  /// account's own password always deletes.
  enum class DeviceDeletes : std::uint8_t { hide, expunge } device_deletes = DeviceDeletes::hide;
};

}  // namespace postern::pop3
