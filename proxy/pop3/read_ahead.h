#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "sync/store/account.h"
#include "sync/store/snapshot.h"

namespace postern::pop3 {

/// The answers to RETR of small messages, made ready on the store's threads: several at a time and
/// before they are asked for, since mail programs fetch messages one after another. At most two
/// batches exist, one being sent and one being read. Network thread.
class ReadAhead {
 public:
  /// Larger messages are read in pieces as they are sent.
  static constexpr std::uint32_t small_octets = 256 * 1024;

  ReadAhead(asio::any_io_executor executor, std::shared_ptr<store::Account> account,
            store::SnapshotPtr snapshot);

  /// The whole answer for a message of at most `small_octets`. The view is good until the next
  /// call.
  asio::awaitable<store::Outcome<std::string_view>> answer(SeqNum number);

 private:
  struct Batch;
  using BatchPtr = std::shared_ptr<Batch>;

  BatchPtr begin(SeqNum first, SeqNum at_most) const;
  [[nodiscard]] SeqNum end_of_batch(SeqNum first, SeqNum at_most) const;
  void go_on_after(const Batch& batch);

  asio::any_io_executor executor_;
  std::shared_ptr<store::Account> account_;
  store::SnapshotPtr snapshot_;
  BatchPtr current_;
  BatchPtr next_;
  SeqNum last_asked_;
};

/// The first line of the answer to RETR.
[[nodiscard]] std::string retrieve_line(std::uint32_t octets);

}  // namespace postern::pop3
