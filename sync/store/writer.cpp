#include "sync/store/writer.h"

#include <malloc.h>

#include <algorithm>
#include <utility>

#include "sync/base/log.h"
#include "sync/store/schema.h"

namespace postern::store {

namespace {

using namespace std::chrono_literals;

// What one commit takes at most: others wait for it.
constexpr std::size_t group_writes = 1000;
constexpr std::uint64_t group_octets = 32ULL * 1024 * 1024;
constexpr auto group_time = 200ms;

constexpr int tidy_beside_writes = 8;
constexpr int tidy_when_idle = 256;
/// Bodies of an earlier schema that get their sort keys or listed fields at once.
constexpr int bodies_when_idle = 64;
constexpr auto idle_after = 1s;
constexpr auto tidy_again_after = 30s;
constexpr auto reopen_again_after = 5s;

}  // namespace

Writer::Writer(std::filesystem::path file, std::unique_ptr<Database> database,
               std::chrono::steady_clock::duration generation_age, Log log)
    : file_(std::move(file)),
      generation_(file_.parent_path() / "generation"),
      generation_age_(generation_age) {
  recognise(*database, log);
  tables_ = std::make_unique<Tables>(std::move(database));
  renew_generation();
  publish_tree();
  publish_annotations();
  thread_ = std::thread([this] { run(); });
}

Writer::~Writer() {
  close();
}

void Writer::recognise(Database& database, Log log) {
  if (log == Log::damaged) {
    log::warning("store",
                 "{}: what was written after the damage is lost. Mail programs read its mailboxes "
                 "anew, and messages that are still on their servers are fetched again",
                 file_.string());
    start_anew(database);
    // Else what is left in it of the old one would be taken for damage again.
    database.checkpoint(Database::Checkpoint::truncate);
    return;
  }
  if (generation_.origin(database) == Generation::Origin::continued) return;
  log::warning(
      "store",
      "{} is not the file that was written last: it came from a backup, or was copied. "
      "Mail programs read its mailboxes anew, and messages that are still on their servers "
      "are fetched again",
      file_.string());
  start_anew(database);
}

/// Without it a copy may escape notice; the account is as good as it was.
void Writer::renew_generation() {
  try {
    generation_.renew(*tables_->database);
  } catch (const StoreFailure& failure) {
    log::warning("store", "{}", failure.what());
    if (tables_->database->harmed()) broken_ = failure;
  }
  next_generation_ = std::chrono::steady_clock::now() + generation_age_;
}

void Writer::submit(Work work, Finish finish) {
  {
    const std::scoped_lock lock(mutex_);
    if (!closing_) {
      jobs_.push_back({std::move(work), std::move(finish), std::nullopt});
      wake_.notify_one();
      return;
    }
  }
  const StoreFailure closed(FailureKind::closed, "the account is closed");
  finish(&closed);
}

void Writer::submit_background(Background work, Finish finish) {
  {
    const std::scoped_lock lock(mutex_);
    if (!closing_) {
      background_.push_back({std::move(work), std::move(finish)});
      wake_.notify_one();
      return;
    }
  }
  const StoreFailure closed(FailureKind::closed, "the account is closed");
  finish(&closed);
}

void Writer::open_mailbox(MailboxId id, Opened done) {
  {
    const std::scoped_lock lock(mutex_);
    if (!closing_) {
      openings_.push_back({id, std::move(done)});
      wake_.notify_one();
      return;
    }
  }
  done(std::unexpected(StoreFailure(FailureKind::closed, "the account is closed")));
}

std::shared_ptr<const MailboxTree> Writer::tree() const {
  const std::scoped_lock lock(mutex_);
  return tree_;
}

std::shared_ptr<const AnnotationPicture> Writer::annotations() const {
  const std::scoped_lock lock(mutex_);
  return annotations_;
}

Subscription Writer::subscribe(std::function<void()> committed) {
  return committed_.add(std::move(committed));
}

void Writer::close() {
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

bool Writer::wait(Jobs& jobs, std::deque<Opening>& openings) {
  std::unique_lock lock(mutex_);
  const auto something = [this] {
    return closing_ || !jobs_.empty() || !openings_.empty() || !background_.empty();
  };
  if (tidy_) {
    wake_.wait(lock, something);
  } else {
    wake_.wait_until(lock, next_tidying_, something);
  }
  jobs.swap(jobs_);
  openings.swap(openings_);
  return !closing_ || !jobs.empty() || !openings.empty() || !background_.empty();
}

bool Writer::others_wait() const {
  const std::scoped_lock lock(mutex_);
  return closing_ || !jobs_.empty() || !openings_.empty();
}

std::optional<Writer::BackgroundJob> Writer::take_background() {
  const std::scoped_lock lock(mutex_);
  if (!jobs_.empty() || !openings_.empty() || background_.empty()) return std::nullopt;
  BackgroundJob job = std::move(background_.front());
  background_.pop_front();
  return job;
}

void Writer::run() {
  Jobs jobs;
  std::deque<Opening> openings;
  while (wait(jobs, openings)) {
    for (Opening& opening : openings) open_one(opening);
    openings.clear();
    if (!jobs.empty()) {
      commit_group(std::exchange(jobs, {}));
    } else if (auto job = take_background()) {
      run_background(std::move(*job));
    } else if (!tidy_ && std::chrono::steady_clock::now() >= next_tidying_) {
      maintain();
    }
  }
  finish_up();
}

void Writer::begin() {
  make_usable();
  tables_->undo.forget();
  kept_changes_ = 0;
  tables_->database->run("BEGIN IMMEDIATE");
}

void Writer::tidy_in_transaction(int limit) {
  const std::int64_t before = tables_->database->total_changes();
  tables_->mailboxes.begin_write();
  live_.moved_recents(
      [this](MailboxId id, Uid first) { tables_->mailboxes.set_first_recent(id, first); });
  const bool more = tables_->bodies.reclaim(
      [this](MailboxId mailbox, ModSeq mod_seq) { return live_.still_seen(mailbox, mod_seq); },
      limit);
  tidy_ = !more && !tables_->bodies.anything_to_reclaim();
  const auto now = std::chrono::steady_clock::now();
  next_tidying_ = more ? now : now + tidy_again_after;
  kept_changes_ += tables_->database->total_changes() - before;
}

void Writer::fill_lacking() {
  if (no_room_to_fill_) return;
  Database& database = *tables_->database;
  const std::int64_t before = database.total_changes();
  try {
    if (tables_->sort_keys.fill(bodies_when_idle) ||
        tables_->listed_fields.fill(bodies_when_idle)) {
      tidy_ = false;
      next_tidying_ = std::chrono::steady_clock::now();
    }
  } catch (const StoreFailure& failure) {
    // What room there is is for mail; all is found without.
    no_room_to_fill_ = failure.kind() == FailureKind::disk_full;
    throw;
  }
  if (database.harmed())
    throw StoreFailure(FailureKind::corrupt, "a page that an old message is in is damaged");
  kept_changes_ += database.total_changes() - before;
}

void Writer::commit() {
  const std::int64_t before = tables_->database->total_changes();
  tables_->mailboxes.flush();
  kept_changes_ += tables_->database->total_changes() - before;
  tables_->database->run(kept_changes_ != 0 ? "COMMIT" : "ROLLBACK");
}

void Writer::abandon() {
  if (broken_) return;  // there is nothing open
  try {
    if (tables_->database->in_transaction()) tables_->database->run("ROLLBACK");
  } catch (const StoreFailure& failure) {
    log::error("store", "rollback: {}", failure.what());
  }
  tables_->undo.roll_back(0);
}

void Writer::run_job(Job& job, WriteTransaction& transaction) {
  Database& database = *tables_->database;
  tables_->savepoint().finish();
  transaction.begin();
  const std::int64_t before = database.total_changes();
  bool kept = false;
  try {
    kept = job.work(transaction);
  } catch (const StoreFailure& failure) {
    if (database.harmed() || !database.in_transaction()) throw;
    job.failure = failure;
  } catch (const std::exception& error) {
    job.failure = StoreFailure(FailureKind::bug, error.what());
  }
  if (database.harmed() || !database.in_transaction())
    throw StoreFailure(FailureKind::io, "the transaction was lost");
  if (kept) {
    kept_changes_ += database.total_changes() - before;
  } else {
    tables_->roll_back().finish();
    transaction.drop();
  }
  tables_->release().finish();
}

std::size_t Writer::run_jobs(Jobs& jobs, WriteTransaction& transaction) {
  const auto start = std::chrono::steady_clock::now();
  const std::uint64_t stored = tables_->bodies.stored_octets();
  std::size_t ran = 0;
  while (ran < jobs.size() && ran < group_writes) {
    run_job(jobs[ran++], transaction);
    if (tables_->bodies.stored_octets() - stored > group_octets) break;
    if (std::chrono::steady_clock::now() - start > group_time) break;
  }
  return ran;
}

void Writer::put_back(Jobs& jobs, std::size_t ran) {
  if (ran == jobs.size()) return;
  const auto rest = jobs.begin() + static_cast<std::ptrdiff_t>(ran);
  const std::scoped_lock lock(mutex_);
  jobs_.insert(jobs_.begin(), std::make_move_iterator(rest), std::make_move_iterator(jobs.end()));
  jobs.erase(rest, jobs.end());
}

void Writer::commit_group(Jobs jobs) {
  try {
    begin();
    WriteTransaction transaction(*tables_, live_);
    tidy_in_transaction(tidy_beside_writes);
    const std::int64_t tidied = kept_changes_;
    put_back(jobs, run_jobs(jobs, transaction));
    const bool changed = kept_changes_ != tidied;
    commit();
    tables_->undo.forget();
    if (changed) publish(transaction.take_outcome());
  } catch (const StoreFailure& failure) {
    log::error("store", "{} writes failed: {}", jobs.size(), failure.what());
    abandon();
    if (tables_ && (tables_->database->harmed() || tables_->database->in_transaction()))
      broken_ = failure;
    for (Job& job : jobs) job.failure = failure;
  }
  for (Job& job : jobs) {
    job.work = nullptr;  // what it holds goes before its owner hears of the end
    job.finish(job.failure ? &*job.failure : nullptr);
  }
  tidy_ = false;
  next_tidying_ = std::min(next_tidying_, std::chrono::steady_clock::now() + idle_after);
  if (!broken_ && std::chrono::steady_clock::now() >= next_generation_) renew_generation();
  if (!broken_) checkpoint(Database::Checkpoint::when_due);
}

void Writer::run_background(BackgroundJob job) {
  std::optional<StoreFailure> failed;
  try {
    begin();
    const std::int64_t before = tables_->database->total_changes();
    job.work(*tables_, [this] { return others_wait(); });
    kept_changes_ += tables_->database->total_changes() - before;
    commit();
    tables_->undo.forget();
  } catch (const StoreFailure& failure) {
    abandon();
    if (tables_ && (tables_->database->harmed() || tables_->database->in_transaction()))
      broken_ = failure;
    failed = failure;
  }
  job.work = nullptr;
  job.finish(failed ? &*failed : nullptr);
  if (!broken_) checkpoint(Database::Checkpoint::when_due);
}

void Writer::publish(WriteTransaction::Outcome outcome) {
  std::vector<std::shared_ptr<LiveMailbox>> changed;
  for (const MailboxId id : outcome.changed) {
    const MailboxRow* row = tables_->mailboxes.find(id);
    if (row == nullptr) {
      live_.publish_gone(id, changed);
      recent_.forget(id);
      continue;
    }
    const auto edits = std::ranges::equal_range(outcome.edits, id, {}, &Edit::mailbox);
    live_.publish(*row, std::span<const Edit>(edits.begin(), edits.end()), changed);
  }
  if (tables_->mailboxes.tree_version() != tree_version_) publish_tree();
  if (tables_->annotations.version() != annotations_version_) publish_annotations();
  // Whoever hears of a change finds the mailbox in the tree, and the change in its picture.
  for (const auto& [id, what] : outcome.messages) {
    if (tables_->mailboxes.find(id) != nullptr) recent_.note(id, what);
  }
  for (const auto& mailbox : changed) mailbox->notify();
  committed_.notify();
}

void Writer::publish_tree() {
  tree_version_ = tables_->mailboxes.tree_version();
  auto tree = tables_->mailboxes.tree();
  const std::scoped_lock lock(mutex_);
  tree_.swap(tree);
}

void Writer::publish_annotations() {
  annotations_version_ = tables_->annotations.version();
  auto annotations = tables_->annotations.picture();
  const std::scoped_lock lock(mutex_);
  annotations_.swap(annotations);
}

std::vector<Entry> Writer::entries(MailboxId id) {
  std::vector<Entry> found;
  tables_->messages.each(id, [&](const Entry& entry) { found.push_back(entry); });
  return found;
}

void Writer::open_one(Opening& opening) {
  std::shared_ptr<LiveMailbox> mailbox = live_.find(opening.id);
  if (!mailbox) {
    try {
      make_readable();
      const MailboxRow* row = tables_->mailboxes.find(opening.id);
      if (row != nullptr) mailbox = live_.open(*row, entries(opening.id));
    } catch (const StoreFailure& failure) {
      if (tables_ && tables_->database->harmed()) broken_ = failure;
      opening.done(std::unexpected(failure));
      return;
    }
  }
  opening.done(std::shared_ptr<Mailbox>(std::move(mailbox)));
}

void Writer::checkpoint(Database::Checkpoint kind) {
  try {
    tables_->database->checkpoint(kind);
  } catch (const StoreFailure& failure) {
    log::error("store", "{}", failure.what());
    if (tables_->database->harmed()) broken_ = failure;
  }
}

void Writer::maintain() {
  try {
    begin();
    tidy_in_transaction(tidy_when_idle);
    fill_lacking();
    commit();
    tables_->undo.forget();
    if (tidy_ && tables_->database->log_pages() != 0) checkpoint(Database::Checkpoint::passive);
    // Nothing was asked for a while: what the last rush took can go back to the system.
    if (tidy_) malloc_trim(0);
  } catch (const StoreFailure& failure) {
    log::error("store", "tidying up: {}", failure.what());
    abandon();
    if (tables_ && tables_->database->harmed()) broken_ = failure;
    tidy_ = false;
    next_tidying_ = std::chrono::steady_clock::now() + tidy_again_after;
  }
}

void Writer::make_usable() {
  if (!broken_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_reopen_) throw StoreFailure(*broken_);
  try {
    reopen();
  } catch (const StoreFailure& failure) {
    broken_ = failure;
    next_reopen_ = now + reopen_again_after;
    throw;
  }
}

void Writer::make_readable() {
  try {
    make_usable();
  } catch (const StoreFailure&) {
    // What is on disk can be shown though nothing can be added to it: the disk is full, say.
    if (!tables_) throw;
  }
}

void Writer::reopen() {
  // The old connection goes after the new one has come: the last one to go takes the log's index
  // along, and an index that is built anew from the log counts a commit in of which the sync
  // failed.
  auto database = open_for_writing(file_, Missing::fail);
  // A full disk does no harm to what is there, and checking takes as long as the file is large.
  if (broken_->kind() != FailureKind::disk_full) {
    const std::string found = database->text("PRAGMA quick_check(1)");
    if (found != "ok") throw StoreFailure(FailureKind::corrupt, file_.string() + ": " + found);
  }
  tables_ = std::make_unique<Tables>(std::move(database));
  catch_up_live();
  // A commit of which the sync failed may stand at the end of the log: this one takes its place, so
  // that what was refused does not come back after a crash.
  tables_->database->run("UPDATE account SET reopened = reopened + 1");
  broken_.reset();
  log::info("store", "{} is open again", file_.string());
}

void Writer::catch_up_live() {
  // Nearly always nothing: what is on disk is what was published last.
  std::vector<std::shared_ptr<LiveMailbox>> changed;
  for (const auto& mailbox : live_.all()) {
    const MailboxRow* row = tables_->mailboxes.find(mailbox->id());
    if (row == nullptr) {
      live_.publish_gone(mailbox->id(), changed);
    } else if (row->mod_seq != mailbox->latest()->head().highest_mod_seq) {
      live_.replace(*row, entries(row->info.id), changed);
      recent_.note(row->info.id, messages_added | messages_removed | flags_changed);
    }
  }
  publish_tree();
  publish_annotations();
  for (const auto& mailbox : changed) mailbox->notify();
  committed_.notify();
}

void Writer::finish_up() {
  try {
    if (broken_) throw StoreFailure(*broken_);
    begin();
    tidy_in_transaction(tidy_when_idle);
    commit();
    tables_->database->checkpoint(Database::Checkpoint::truncate);
  } catch (const StoreFailure& failure) {
    log::warning("store", "closing: {}", failure.what());
  }
  tables_.reset();
}

}  // namespace postern::store
