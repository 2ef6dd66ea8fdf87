#pragma once

#include <cstddef>
#include <cstdint>
#include <list>

#include <asio/awaitable.hpp>

#include "sync/base/secret.h"
#include "sync/store/device.h"

namespace postern::access {

/// Hashes passwords of devices beside the network thread, a few at once, so that many logins take
/// neither all cores nor all memory from those who are in already. Outlives its checks. Network
/// thread.
class HashQueue {
 public:
  static constexpr std::size_t at_once = 2;
  static constexpr std::size_t longest = 64;  ///< that wait

  HashQueue() = default;
  HashQueue(const HashQueue&) = delete;

  enum class Verdict : std::uint8_t {
    right,
    wrong,
    busy,  ///< too many wait already: nothing was looked at
  };
  /// `shown` as in fits(). In the order of the calls.
  asio::awaitable<Verdict> check(Secret shown, store::DeviceKeys keys);

  [[nodiscard]] std::size_t running() const { return running_; }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

 private:
  class Place;
  void admit();

  std::size_t running_ = 0;
  std::list<Place*> waiting_;
};

}  // namespace postern::access
