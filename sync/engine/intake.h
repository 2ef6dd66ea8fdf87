#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "sync/base/clock.h"
#include "sync/engine/absent.h"
#include "sync/engine/plan.h"
#include "sync/store/account.h"
#include "sync/upstream/message_sink.h"

namespace postern::engine {

struct IntakeSettings {
  std::string source_key;
  bool delete_expunged = false;
  MailboxId mailbox;
  std::shared_ptr<Absent> absent;  ///< what may come under other ids; may be null
};

/// The way of messages from the wire into the store. They are prepared (scanned, hashed,
/// compressed) on the store's threads while the next ones come in, and committed in the order they
/// came, many in one transaction. Small messages travel to the threads together, a large one in
/// pieces.
///
/// Invariants:
/// - Only complete messages are committed, each with what it is recorded under.
/// - Memory is bounded: `state()` is `full` while too much waits to be prepared or committed.
/// - After the first failure of the store nothing more is committed.
///
/// Order: as MessageSink says, then finish(). Network thread. The store's callbacks hold on to it,
/// and hand it back with what they bring: the account must not lose its last owner on a thread of
/// its own.
class Intake final : public upstream::MessageSink, public std::enable_shared_from_this<Intake> {
 public:
  /// There may be hundreds of thousands: they are held once, with their keys, by all who need
  /// them.
  using Items = std::shared_ptr<const std::vector<FetchItem>>;

  /// From here on a message is handed on in pieces of this size.
  static constexpr std::size_t piece_octets = 256UL * 1024;

  Intake(asio::any_io_executor executor, std::shared_ptr<store::Account> account,
         IntakeSettings settings, Items items);
  /// `progressed` is called whenever the counts change.
  void on_progress(std::function<void()> progressed) { progressed_ = std::move(progressed); }

  void begin(std::size_t index) override;
  void octets(std::string_view piece) override;
  void end() override;
  void refused(std::size_t index, const upstream::Refused& why) override;
  [[nodiscard]] State state() const override;
  asio::awaitable<void> drained() override;

  /// Waits until all complete messages are committed, or the store failed. What was begun and not
  /// ended is dropped.
  asio::awaitable<void> finish();

  [[nodiscard]] const std::optional<store::StoreFailure>& failure() const { return failure_; }
  /// The message that is on its way in or should be next; nullopt: all have come.
  [[nodiscard]] std::optional<std::size_t> awaited() const;
  [[nodiscard]] std::size_t committed() const { return committed_; }
  /// Of these, the ones of which anything new is recorded now.
  [[nodiscard]] std::size_t news() const { return news_; }
  /// The messages that the server refused.
  [[nodiscard]] const std::vector<std::size_t>& refusals() const { return refusals_; }
  [[nodiscard]] std::uint64_t received_octets() const { return received_; }

 private:
  /// Small messages that go to the store's threads together, one behind the other, and behind them
  /// what has come of the next one.
  struct Parcel {
    struct Message {
      std::size_t index;
      std::size_t end;  ///< in `octets`
    };
    std::string octets;
    std::vector<Message> messages;

    /// Octets of whole messages.
    [[nodiscard]] std::size_t whole() const { return messages.empty() ? 0 : messages.back().end; }
  };
  struct Ready {
    std::size_t index;
    store::NewBody body;
    InternalDate date;
    store::HeaderHash header_hash;
  };
  /// A message that is too large to be gathered first.
  struct Large;
  /// Messages that keep their place in the order while they are prepared.
  struct Slot {
    std::vector<Ready> ready;
    bool prepared = false;
    std::uint64_t octets = 0;  ///< not prepared yet
  };
  using SlotPtr = std::shared_ptr<Slot>;

  [[nodiscard]] static std::vector<Ready> prepare(const Parcel& parcel,
                                                  const std::filesystem::path& spool, WallTime now);
  [[nodiscard]] std::string take_buffer();
  void give_back(std::string buffer);
  void drop_unended();
  void dispatch_parcel();
  void start_large();
  void add_piece();
  void dispatch_large(const std::shared_ptr<Large>& large);
  void prepared(const SlotPtr& slot);
  void failed(const store::StoreFailure& failure);
  void commit_ready();
  void commit(std::vector<Ready> batch, std::uint64_t held);
  [[nodiscard]] std::vector<std::optional<OriginId>> claim(const std::vector<Ready>& batch);
  void wake();
  [[nodiscard]] bool quiet() const;

  asio::any_io_executor executor_;
  std::shared_ptr<store::Account> account_;
  IntakeSettings settings_;
  Items items_;
  std::function<void()> progressed_;

  // On its way in.
  std::optional<std::size_t> current_;
  std::size_t answered_ = 0;        ///< messages that came or were refused
  Parcel parcel_;                   ///< while `large_` comes, with nothing but octets of it
  std::shared_ptr<Large> large_;    ///< the current message
  std::vector<std::string> spare_;  ///< buffers

  // With the store.
  std::deque<SlotPtr> slots_;
  std::uint64_t unprepared_ = 0;  ///< octets
  std::vector<Ready> batch_;
  std::uint64_t batch_octets_ = 0;
  std::uint64_t held_ = 0;  ///< octets in memory of bodies prepared and not committed
  unsigned computing_ = 0;
  unsigned writing_ = 0;
  SteadyTime last_commit_;
  bool flushing_ = false;

  std::optional<store::StoreFailure> failure_;
  std::size_t committed_ = 0;
  std::size_t news_ = 0;
  std::vector<std::size_t> refusals_;
  std::uint64_t received_ = 0;
  std::function<void(std::monostate)> waiter_;
};

}  // namespace postern::engine
