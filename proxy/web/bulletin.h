#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <asio/awaitable.hpp>

#include "proxy/web/house.h"
#include "proxy/web/limits.h"
#include "sync/base/clock.h"

namespace postern::web {

/// The latest status for all who listen to changes. It is made when somebody asks and something has
/// happened, once for all, and so seldom that making it takes a tenth of the time at most. Nothing
/// waits in a queue: who is slow gets the next one later. Network thread.
class Bulletin {
 public:
  /// `house` and `limits` outlive it.
  Bulletin(House& house, const Limits& limits) : house_(house), limits_(limits) {}
  Bulletin(const Bulletin&) = delete;

  struct Issue {
    std::uint64_t number = 0;  ///< rises
    std::string text;          ///< JSON on one line
  };
  /// Never nullptr.
  asio::awaitable<std::shared_ptr<const Issue>> latest();

  /// One who listens.
  class Seat {
   public:
    explicit Seat(Bulletin& bulletin) : bulletin_(bulletin) { ++bulletin_.taken_; }
    Seat(const Seat&) = delete;
    ~Seat() { --bulletin_.taken_; }

   private:
    Bulletin& bulletin_;
  };
  [[nodiscard]] bool has_room() const { return taken_ < limits_.listeners; }

 private:
  [[nodiscard]] bool is_due(SteadyTime now) const;
  asio::awaitable<void> make();

  House& house_;
  const Limits& limits_;
  std::shared_ptr<const Issue> last_;
  std::string pulse_;  ///< when it was made
  SteadyTime made_{};
  Limits::Duration cost_{};
  bool making_ = false;
  std::size_t taken_ = 0;
};

/// JSON on one line; octets that are no UTF-8 are replaced.
[[nodiscard]] std::string one_line(const nlohmann::json& value);

}  // namespace postern::web
