#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "sync/store/account.h"

namespace postern::engine {

/// An account whose disk is full from the n-th write on: nothing of that write or of later ones is
/// committed, reading goes on.
class FailingAccount final : public store::Account {
 public:
  FailingAccount(std::shared_ptr<store::Account> inner, std::size_t good_writes)
      : inner_(std::move(inner)), left_(good_writes) {}

  void open_mailbox(MailboxId id,
                    std::move_only_function<void(store::Outcome<MailboxPtr>)> done) override {
    inner_->open_mailbox(id, std::move(done));
  }
  [[nodiscard]] std::shared_ptr<const store::MailboxTree> tree() const override {
    return inner_->tree();
  }
  [[nodiscard]] std::shared_ptr<const store::AnnotationPicture> annotations() const override {
    return inner_->annotations();
  }
  [[nodiscard]] const store::RecentChanges& recent_changes() const override {
    return inner_->recent_changes();
  }
  [[nodiscard]] store::Subscription subscribe(std::function<void()> committed) override {
    return inner_->subscribe(std::move(committed));
  }
  [[nodiscard]] std::filesystem::path spool() const override { return inner_->spool(); }
  [[nodiscard]] std::shared_ptr<store::KeyCache> key_cache() override {
    return inner_->key_cache();
  }
  [[nodiscard]] std::stop_token closing() const override { return inner_->closing(); }
  void close() override {}

  /// Writes that were asked for.
  std::size_t writes = 0;

 protected:
  void submit_write(WriteWork work, Finish finish) override {
    ++writes;
    if (left_ == 0) {
      const store::StoreFailure full(store::FailureKind::disk_full, "no space left on the disk");
      finish(&full);
      return;
    }
    --left_;
    inner_->write(
        [work = std::move(work)](store::Transaction& transaction) mutable -> store::Result<void> {
          if (!work(transaction)) return std::unexpected(store::Refusal::cannot);
          return {};
        },
        [finish = std::move(finish)](store::Outcome<store::Result<void>> outcome) mutable {
          finish(outcome ? nullptr : &outcome.error());
        });
  }
  void submit_read(ReadWork work, Finish finish) override {
    inner_->read([work = std::move(work)](store::Reader& reader) mutable { work(reader); },
                 [finish = std::move(finish)](store::Outcome<void> outcome) mutable {
                   finish(outcome ? nullptr : &outcome.error());
                 });
  }
  void submit_compute(ComputeWork work, Finish finish) override {
    inner_->compute([work = std::move(work)]() mutable { work(); },
                    [finish = std::move(finish)](store::Outcome<void> outcome) mutable {
                      finish(outcome ? nullptr : &outcome.error());
                    });
  }

 private:
  std::shared_ptr<store::Account> inner_;
  std::size_t left_;
};

}  // namespace postern::engine
