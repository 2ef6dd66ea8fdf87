#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "sync/base/clock.h"
#include "sync/store/generation.h"
#include "sync/store/live_mailbox.h"
#include "sync/store/observers.h"
#include "sync/store/recent_changes.h"
#include "sync/store/tables.h"
#include "sync/store/write_transaction.h"

namespace postern::store {

/// The one thread that changes an account: takes the writes that wait into one transaction, commits
/// once, publishes, then answers. Between transactions it opens mailboxes; when nothing waits it
/// tidies up.
///
/// After a failure that leaves the file in doubt nothing of the group is kept, and the file is
/// closed, opened anew and checked before the next write (the same sync is never tried twice).
///
/// Public functions: any thread.
class Writer {
 public:
  using Work = std::move_only_function<bool(Transaction&)>;
  using Finish = std::move_only_function<void(const StoreFailure*)>;
  using Waiting = std::function<bool()>;
  using Background = std::move_only_function<void(Tables&, const Waiting&)>;
  using Opened =
      std::move_only_function<void(std::expected<std::shared_ptr<Mailbox>, StoreFailure>)>;

  /// Whether the log that the file was opened with had LogScan::commits_cut_off: UIDs that they
  /// gave would be given again.
  enum class Log { whole, damaged };
  Writer(std::filesystem::path file, std::unique_ptr<Database> database,
         std::chrono::steady_clock::duration generation_age, Log log);
  ~Writer();

  void submit(Work work, Finish finish);
  /// In a transaction of its own, once nothing else waits. `work` is told whether something does,
  /// and ends early then. It changes nothing that is published.
  void submit_background(Background work, Finish finish);
  /// nullptr if there is no such mailbox.
  void open_mailbox(MailboxId id, Opened done);
  /// A mailbox that is in memory already.
  [[nodiscard]] std::shared_ptr<Mailbox> find_open(MailboxId id) { return live_.find(id); }
  [[nodiscard]] std::shared_ptr<const MailboxTree> tree() const;
  [[nodiscard]] std::shared_ptr<const AnnotationPicture> annotations() const;
  [[nodiscard]] const RecentChanges& recent_changes() const { return recent_; }
  [[nodiscard]] Subscription subscribe(std::function<void()> committed);
  /// Finishes what was submitted and ends the thread.
  void close();

 private:
  struct Job {
    Work work;
    Finish finish;
    std::optional<StoreFailure> failure;  ///< of this one alone
  };
  struct Opening {
    MailboxId id;
    Opened done;
  };
  using Jobs = std::deque<Job>;
  struct BackgroundJob {
    Background work;
    Finish finish;
  };

  void run();
  bool wait(Jobs& jobs, std::deque<Opening>& openings);
  [[nodiscard]] bool others_wait() const;
  [[nodiscard]] std::optional<BackgroundJob> take_background();

  // The writer's thread alone, from here on.
  void commit_group(Jobs jobs);
  /// Runs jobs from the front until a limit is reached; returns how many ran.
  std::size_t run_jobs(Jobs& jobs, WriteTransaction& transaction);
  void run_job(Job& job, WriteTransaction& transaction);
  void put_back(Jobs& jobs, std::size_t ran);
  void run_background(BackgroundJob job);
  void begin();
  void tidy_in_transaction(int limit);
  void fill_lacking();
  void commit();
  void abandon();
  void publish(WriteTransaction::Outcome outcome);
  void publish_tree();
  void publish_annotations();
  void open_one(Opening& opening);
  std::vector<Entry> entries(MailboxId id);
  void maintain();
  void checkpoint(Database::Checkpoint kind);
  void recognise(Database& database, Log log);
  void renew_generation();
  void make_usable();
  void make_readable();
  void reopen();
  void catch_up_live();
  void finish_up();

  const std::filesystem::path file_;
  const Generation generation_;
  const std::chrono::steady_clock::duration generation_age_;
  LiveMailboxes live_;
  Observers committed_;
  RecentChanges recent_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Jobs jobs_;                                             ///< under mutex_
  std::deque<Opening> openings_;                          ///< under mutex_
  std::deque<BackgroundJob> background_;                  ///< under mutex_
  bool closing_ = false;                                  ///< under mutex_
  std::shared_ptr<const MailboxTree> tree_;               ///< under mutex_
  std::shared_ptr<const AnnotationPicture> annotations_;  ///< under mutex_

  std::unique_ptr<Tables> tables_;
  std::uint64_t tree_version_ = 0;
  std::uint64_t annotations_version_ = 0;
  std::int64_t kept_changes_ = 0;       ///< rows that the transaction at hand changed
  std::optional<StoreFailure> broken_;  ///< why the file has to be opened anew
  SteadyTime next_reopen_{};
  SteadyTime next_tidying_{};
  SteadyTime next_generation_{};
  bool tidy_ = false;             ///< nothing is left to tidy up
  bool no_room_to_fill_ = false;  ///< the disk was full when something lacking was filled in

  std::thread thread_;
};

}  // namespace postern::store
