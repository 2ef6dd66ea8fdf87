#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "proxy/access/store_access.h"
#include "proxy/imap/fetch_plan.h"
#include "proxy/imap/fetch_producer.h"
#include "sync/store/account.h"

namespace postern::imap {

/// Makes the answers of a FETCH on the store's threads before they are asked for: two lanes at the
/// same time, each with the next messages of the plan, told in the plan's order. Network thread;
/// the session may end before what is under way.
class FetchLanes {
 public:
  /// Begins at once. `account` outlives it.
  FetchLanes(store::Account& account, const asio::any_io_executor& executor, FetchPlan plan);

  [[nodiscard]] bool finished() const { return !lanes_[front_] || lanes_[front_]->idle; }
  /// Whether next() returns at once.
  [[nodiscard]] bool ready() const { return lanes_[front_] && lanes_[front_]->batch.ready(); }
  /// The next octets of the answers, which may end within one. Not once finished, nor after a
  /// failure: what follows those that were handed over is lost then.
  asio::awaitable<store::Outcome<std::string>> next();

  /// The sums of what FetchProducer has, once finished.
  [[nodiscard]] std::size_t unreadable() const;
  [[nodiscard]] std::size_t undecodable() const;

 private:
  struct Batch {
    std::string octets;
    bool last = false;  ///< of what its lane was given
  };
  struct Lane {
    Lane(const asio::any_io_executor& executor, FetchPlan plan);
    std::shared_ptr<FetchProducer> producer;
    access::Ahead<store::Outcome<Batch>> batch;
    bool idle = false;
  };

  void prepare(Lane& lane);

  store::Account& account_;
  FetchPlan plan_;  ///< without what the lanes were given
  std::size_t octets_;
  bool first_ = true;
  std::size_t front_ = 0;  ///< whose messages come next
  std::array<std::optional<Lane>, 2> lanes_;
};

}  // namespace postern::imap
