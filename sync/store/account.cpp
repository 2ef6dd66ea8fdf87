#include "sync/store/account.h"

#include <memory>
#include <mutex>
#include <stop_token>
#include <utility>

#include "sync/base/log.h"
#include "sync/store/indexer.h"
#include "sync/store/kept_aside.h"
#include "sync/store/log_scan.h"
#include "sync/store/private_files.h"
#include "sync/store/readers.h"
#include "sync/store/schema.h"
#include "sync/store/writer.h"

namespace postern::store {

namespace {

class OpenAccount final : public Account {
 public:
  explicit OpenAccount(const AccountOptions& options)
      : folder_((make_private_folder(options.folder), options.folder)),
        lock_(folder_ / "lock"),
        log_damaged_(log_is_damaged(file())),
        writer_(file(), opened(), options.generation_age,
                log_damaged_ ? Writer::Log::damaged : Writer::Log::whole),
        readers_(file(), options.readers) {
    make_private_folder(spool());
    if (options.index_after)
      indexer_ = std::make_unique<Indexer>(file(), writer_, *options.index_after);
  }
  ~OpenAccount() override { OpenAccount::close(); }

  void open_mailbox(MailboxId id,
                    std::move_only_function<void(Outcome<MailboxPtr>)> done) override {
    // One that is in memory needs not wait for a transaction that is under way.
    MailboxPtr mailbox = closing_.stop_requested() ? nullptr : writer_.find_open(id);
    if (!mailbox) return writer_.open_mailbox(id, std::move(done));
    done(std::move(mailbox));
  }

  [[nodiscard]] std::shared_ptr<const MailboxTree> tree() const override { return writer_.tree(); }
  [[nodiscard]] std::shared_ptr<const AnnotationPicture> annotations() const override {
    return writer_.annotations();
  }
  [[nodiscard]] const RecentChanges& recent_changes() const override {
    return writer_.recent_changes();
  }
  [[nodiscard]] Subscription subscribe(std::function<void()> committed) override {
    return writer_.subscribe(std::move(committed));
  }
  [[nodiscard]] std::filesystem::path spool() const override { return folder_ / "spool"; }

  [[nodiscard]] std::shared_ptr<KeyCache> key_cache() override { return key_caches_.current(); }

  [[nodiscard]] std::stop_token closing() const override { return closing_.get_token(); }

  void close() override {
    closing_.request_stop();
    const std::scoped_lock lock(ending_);
    if (indexer_) indexer_->close();
    // Readers first: the last checkpoint must find nobody in its way.
    readers_.close();
    writer_.close();
  }

 protected:
  void submit_write(WriteWork work, Finish finish) override {
    writer_.submit(std::move(work), std::move(finish));
  }
  void submit_read(ReadWork work, Finish finish) override {
    readers_.submit(std::move(work), std::move(finish));
  }
  void submit_compute(ComputeWork work, Finish finish) override {
    readers_.submit(std::move(work), std::move(finish));
  }

 private:
  [[nodiscard]] std::filesystem::path file() const { return folder_ / "mail.db"; }
  [[nodiscard]] std::unique_ptr<Database> opened() const {
    // SQLite writes over what it cannot read.
    if (log_damaged_)
      log::warning("store", "the log of {} is damaged; a copy of it is {}", file().string(),
                   keep_log_aside(file()).string());
    return open_for_writing(file(), Missing::create);
  }

  const std::filesystem::path folder_;
  const FileLock lock_;
  const bool log_damaged_;
  Writer writer_;
  Readers readers_;
  std::unique_ptr<Indexer> indexer_;
  KeyCaches key_caches_;
  std::stop_source closing_;
  std::mutex ending_;  ///< one thread at a time closes
};

}  // namespace

std::expected<std::shared_ptr<Account>, Problem> Account::open(const AccountOptions& options) {
  try {
    return std::make_shared<OpenAccount>(options);
  } catch (const ForeignFile& failure) {
    return std::unexpected(
        Problem{failure.what(), "move it away, or set `state` to another folder"});
  } catch (const StoreFailure& failure) {
    return std::unexpected(problem_of(failure));
  }
}

}  // namespace postern::store
