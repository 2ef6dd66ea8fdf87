#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/web/house.h"
#include "sync/base/clock.h"

namespace postern::web {

/// Who may see the page. An invitation is good once and for a while; whoever shows one is given a
/// pass of two halves: a cookie that no script sees, and a token that the page sends along with
/// what it asks. A cookie is sent to every port of a host, and by pages of others too: without the
/// token it is worth nothing. Passes are sealed, not remembered, and outlive a restart. Knows no
/// clock: times are given. Network thread.
class Doorkeeper {
 public:
  static constexpr std::chrono::days pass_lifetime{30};

  /// `house` outlives it; it remembers `most` invitations.
  Doorkeeper(const House& house, std::size_t most) : house_(house), most_(most) {}

  /// 32 hexadecimal digits.
  [[nodiscard]] std::string invite(SteadyTime until);

  struct Pass {
    std::string cookie;  ///< fit to be the value of one
    std::string token;   ///< 32 hexadecimal digits
  };
  /// nullopt: no invitation, or none any more.
  std::optional<Pass> redeem(std::string_view invitation, SteadyTime now, WallTime today);
  /// Compares in constant time.
  [[nodiscard]] bool admits(std::string_view cookie, std::string_view token, WallTime today) const;

 private:
  struct Invitation {
    std::string text;
    SteadyTime until;
  };

  const House& house_;
  std::size_t most_;
  std::list<Invitation> open_;  ///< the oldest first
};

}  // namespace postern::web
