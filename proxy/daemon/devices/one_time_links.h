#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/daemon/devices/devices.h"
#include "sync/base/clock.h"
#include "sync/base/secret.h"

namespace postern::daemon {

/// What is behind links that set a device up: its password, for a quarter of an hour or until
/// somebody has it. In memory alone: a restart ends them all. Of a link itself a hash is kept.
/// Knows no clock: times are given. Network thread.
class OneTimeLinks {
 public:
  static constexpr std::chrono::minutes lifetime{15};
  static constexpr std::size_t most = 64;  ///< the oldest one goes

  struct Gift {
    DeviceWish device;
    Secret password;
  };

  /// 32 hexadecimal digits (128 bits), which nobody can be told again.
  std::string make(Gift gift, SteadyTime now);
  /// nullptr: there is nothing behind it, or not any more. Good until the next call.
  [[nodiscard]] const Gift* find(std::string_view link, SteadyTime now);
  /// The same, and the link is worth nothing from now on.
  std::optional<Gift> take(std::string_view link, SteadyTime now);
  /// Ends those of a device that is revoked.
  void forget(const std::string& account, const std::string& device);

 private:
  struct Open {
    std::array<std::uint8_t, 32> digest;
    SteadyTime until;
    Gift gift;
  };
  [[nodiscard]] std::list<Open>::iterator look(std::string_view link, SteadyTime now);

  std::list<Open> open_;  ///< the oldest first
};

}  // namespace postern::daemon
