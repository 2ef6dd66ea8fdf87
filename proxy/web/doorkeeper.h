#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/web/house.h"
#include "sync/base/clock.h"

namespace postern::web {

/// Who may see the page. An invitation is good once and for a while; whoever shows one is given a
/// pass of two halves: a cookie that no script sees, and a token that the page sends along with
/// what it asks. A cookie is sent to every port of a host, and by pages of others too: without the
/// token it is worth nothing. Passes are sealed, not remembered, and outlive a restart; remembered
/// is which were given back before their end. Knows no clock: times are given. Network thread.
class Doorkeeper {
 public:
  static constexpr std::chrono::days pass_lifetime{30};
  /// So many that were given back are remembered one by one. One more, and all passes that are not
  /// younger than those end.
  static constexpr std::size_t most_returned = 200;

  /// `house` outlives it; it remembers `most` invitations.
  Doorkeeper(House& house, std::size_t most) : house_(house), most_(most) {}

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
  /// From now on the pass is worth nothing; what comes back is for the house to keep. One that is
  /// not good changes nothing.
  [[nodiscard]] std::optional<std::string> take_back(std::string_view cookie,
                                                     std::string_view token, WallTime today);

 private:
  struct Invitation {
    std::string text;
    SteadyTime until;
  };

  /// Those that were given back: the hashes of their tokens and their ends, in seconds since 1970.
  struct Returned {
    std::map<std::string, std::int64_t> ends;
    std::int64_t all_until;  ///< so do all that end then or before
  };
  [[nodiscard]] std::optional<std::int64_t> end_of(std::string_view cookie,
                                                   std::string_view token) const;
  [[nodiscard]] const Returned& returned() const;

  House& house_;
  std::size_t most_;
  std::list<Invitation> open_;                ///< the oldest first
  mutable std::optional<Returned> returned_;  ///< as the house kept it, once it was asked
};

/// 128 bits by chance, as 32 hexadecimal digits.
[[nodiscard]] std::string random_token();

}  // namespace postern::web
