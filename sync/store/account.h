#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>
#include <variant>

#include "sync/base/problem.h"
#include "sync/store/annotation.h"
#include "sync/store/body.h"
#include "sync/store/failure.h"
#include "sync/store/key_cache.h"
#include "sync/store/mailbox.h"
#include "sync/store/reader.h"
#include "sync/store/recent_changes.h"
#include "sync/store/transaction.h"

namespace postern::store {

template <class T>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<std::expected<T, Refusal>> = true;

struct AccountOptions {
  std::filesystem::path folder;  ///< holds the database and the spool; made with mode 0700
  unsigned readers = 2;
  /// How old a database may be that is put back and not recognised as such (Generation).
  std::chrono::steady_clock::duration generation_age = std::chrono::minutes(10);
  /// The search index is filled when nothing was written for so long; nullopt: never.
  std::optional<std::chrono::steady_clock::duration> index_after{};
};

/// One account's mail: one SQLite file, one writer thread, a few reader threads.
///
/// Callbacks (`done`) run on the store's threads and must only hand the outcome over; they are
/// called exactly once. `Outcome` has an error when the store failed (disk full, I/O, ...), never
/// when a request was refused.
///
/// Invariants:
/// - Order of a write: commit is on disk, then snapshots are published in commit order, then `done`
/// is called.
/// - Writes queued together share one commit (group commit), each under its own savepoint.
/// - A failed commit fails all its writes and publishes nothing.
class Account {
 public:
  /// Opens or creates. A database from a later release, a foreign file, a damaged one: a Problem.
  /// One that was restored from a backup gets other UIDVALIDITYs.
  static std::expected<std::shared_ptr<Account>, Problem> open(const AccountOptions& options);
  virtual ~Account() = default;

  /// `work`: R(Transaction&). `done`: void(Outcome<R>).
  template <class Work, class Done>
  void write(Work work, Done done) {
    using R = std::invoke_result_t<Work&, Transaction&>;
    auto state = std::make_shared<Pending<R, Done>>(std::move(done));
    submit_write(
        [state, work = std::move(work)](Transaction& transaction) mutable {
          return run<R>(state->result, work, transaction);
        },
        [state](const StoreFailure* failure) { state->finish(failure); });
  }

  /// `work`: R(Reader&), on a reader thread. `done`: void(Outcome<R>).
  template <class Work, class Done>
  void read(Work work, Done done) {
    using R = std::invoke_result_t<Work&, Reader&>;
    auto state = std::make_shared<Pending<R, Done>>(std::move(done));
    submit_read([state, work = std::move(work)](
                    Reader& reader) mutable { (void)run<R>(state->result, work, reader); },
                [state](const StoreFailure* failure) { state->finish(failure); });
  }

  /// `work`: R(), on a reader thread, without the database. `done`: void(Outcome<R>).
  template <class Work, class Done>
  void compute(Work work, Done done) {
    using R = std::invoke_result_t<Work&>;
    auto state = std::make_shared<Pending<R, Done>>(std::move(done));
    submit_compute([state, work = std::move(work)]() mutable { (void)run<R>(state->result, work); },
                   [state](const StoreFailure* failure) { state->finish(failure); });
  }

  using MailboxPtr = std::shared_ptr<Mailbox>;
  /// `done` gets nullptr if there is no such mailbox; of one that is in memory it is called at
  /// once, by the caller's thread.
  virtual void open_mailbox(MailboxId id,
                            std::move_only_function<void(Outcome<MailboxPtr>)> done) = 0;

  [[nodiscard]] virtual std::shared_ptr<const MailboxTree> tree() const = 0;
  [[nodiscard]] virtual std::shared_ptr<const AnnotationPicture> annotations() const = 0;

  /// Of what is committed and published.
  [[nodiscard]] virtual const RecentChanges& recent_changes() const = 0;

  /// `committed` runs on the writer's thread after each commit that changed anything: it must only
  /// wake somebody.
  [[nodiscard]] virtual Subscription subscribe(std::function<void()> committed) = 0;

  [[nodiscard]] virtual std::filesystem::path spool() const = 0;

  /// Shared by those who hold it.
  [[nodiscard]] virtual std::shared_ptr<KeyCache> key_cache() = 0;

  /// Stops when close() is called: long work on the reader threads is to end early then.
  [[nodiscard]] virtual std::stop_token closing() const = 0;

  /// Finishes what is queued, refuses what comes later (FailureKind::closed), checkpoints, ends the
  /// threads.
  virtual void close() = 0;

 protected:
  using WriteWork =
      std::move_only_function<bool(Transaction&)>;  ///< false: roll back to the savepoint
  using ReadWork = std::move_only_function<void(Reader&)>;
  using ComputeWork = std::move_only_function<void()>;
  using Finish = std::move_only_function<void(const StoreFailure*)>;  ///< nullptr: done
  virtual void submit_write(WriteWork work, Finish finish) = 0;
  virtual void submit_read(ReadWork work, Finish finish) = 0;
  virtual void submit_compute(ComputeWork work, Finish finish) = 0;

 private:
  template <class R, class Done>
  struct Pending {
    using Value = std::conditional_t<std::is_void_v<R>, std::monostate, R>;
    explicit Pending(Done d) : done(std::move(d)) {}
    void finish(const StoreFailure* failure) {
      if (failure != nullptr) {
        done(Outcome<R>(std::unexpected(*failure)));
      } else if constexpr (std::is_void_v<R>) {
        done(Outcome<R>());
      } else {
        done(Outcome<R>(std::move(*result)));
      }
    }
    Done done;
    std::optional<Value> result;
  };

  /// Runs the work into `result`; false when the result says that nothing of it is to be kept.
  template <class R, class Value, class Work, class... Args>
  static bool run(std::optional<Value>& result, Work& work, Args&... args) {
    if constexpr (std::is_void_v<R>) {
      work(args...);
      result.emplace();
      return true;
    } else {
      result.emplace(work(args...));
      if constexpr (is_result<R>) return result->has_value();
      return true;
    }
  }
};

}  // namespace postern::store
