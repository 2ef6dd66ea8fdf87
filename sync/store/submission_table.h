#pragma once

#include <optional>
#include <vector>

#include "sync/base/ids.h"
#include "sync/store/database.h"
#include "sync/store/submission.h"

namespace postern::store {

/// The queue as it is read. The thread of its Database.
class SubmissionReader {
 public:
  explicit SubmissionReader(Database& database);
  /// What is due first comes first.
  [[nodiscard]] std::vector<Submission> all();
  [[nodiscard]] std::optional<Submission> find(SubmissionId id);

 private:
  void read_recipients(Submission& submission);

  Statement select_all_;
  Statement select_;
  Statement recipients_;
};

/// The queue as it changes. Writer's thread.
class SubmissionTable {
 public:
  explicit SubmissionTable(Database& database);

  [[nodiscard]] std::optional<Submission> find(SubmissionId id) { return reader_.find(id); }
  SubmissionId add(MailboxId mailbox, Uid uid, const NewSubmission& submission);
  void begin_attempt(SubmissionId id, WallTime next_due);
  void at_final_dot(SubmissionId id);
  void settle(const Submission& submission);
  void remove(SubmissionId id);

  /// UIDs of the mailbox that are queued.
  [[nodiscard]] std::vector<Uid> queued(MailboxId mailbox);
  /// The message is queued no more. One at the final dot of an attempt stays, without its place;
  /// its body is kept for it.
  void cancel(MailboxId mailbox, Uid uid, BodyId body);

 private:
  Database& database_;
  SubmissionReader reader_;
  Statement insert_;
  Statement insert_recipient_;
  Statement begin_attempt_;
  Statement at_final_dot_;
  Statement settle_;
  Statement settle_recipient_;
  Statement remove_;
  Statement remove_recipients_;
  Statement queued_;
  Statement cancelled_;
  Statement detach_;
};

}  // namespace postern::store
