#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "sync/store/edit.h"
#include "sync/store/live_mailbox.h"
#include "sync/store/recent_changes.h"
#include "sync/store/tables.h"
#include "sync/store/transaction.h"

namespace postern::store {

/// The writes of one commit, one after another, and what they mean for the mailboxes that are open.
/// Writer's thread.
///
/// Order: for each write begin(), the write itself, and drop() if it is not to be kept; at last
/// take_outcome(), to be published once the commit is on disk.
class WriteTransaction final : public Transaction {
 public:
  WriteTransaction(Tables& tables, LiveMailboxes& live);

  void begin();
  void drop();

  struct Outcome {
    std::unordered_set<MailboxId> changed;  ///< or deleted
    std::vector<Edit> edits;                ///< of open mailboxes, by mailbox and UID
    std::unordered_map<MailboxId, std::uint8_t> messages;  ///< of `MessagesChanged`
  };
  [[nodiscard]] Outcome take_outcome();

  Result<MailboxInfo> create_mailbox(std::string_view name, SpecialUse use) override;
  Result<void> delete_mailbox(std::string_view name) override;
  Result<void> rename_mailbox(std::string_view from, std::string_view to) override;
  void subscribe(std::string_view name) override;
  void unsubscribe(std::string_view name) override;
  Result<void> set_annotations(MailboxId mailbox,
                               const std::vector<NewAnnotation>& changes) override;

  Result<Appended> append(MailboxId mailbox, NewBody& body, const FlagNames& flags,
                          InternalDate date) override;
  Result<UidSet> store_flags(MailboxId mailbox, const UidSet& uids, FlagChange change,
                             const FlagNames& flags) override;
  Result<FlagsStored> store_flags_unless_changed(MailboxId mailbox, const UidSet& uids,
                                                 FlagChange change, const FlagNames& flags,
                                                 ModSeq since) override;
  Result<Copied> copy(MailboxId from, const UidSet& uids, MailboxId to) override;
  Result<Copied> move(MailboxId from, const UidSet& uids, MailboxId to) override;
  Result<UidSet> expunge(MailboxId mailbox, const UidSet& uids) override;

  Result<ImportOutcome> import(MailboxId mailbox, NewBody& body, const FlagNames& flags,
                               InternalDate date, const ImportKey& key) override;

  Result<Submission> submit(NewBody& body, const NewSubmission& submission) override;
  std::optional<Submission> begin_attempt(SubmissionId id, WallTime next_due) override;
  Result<void> final_dot(SubmissionId id) override;
  Result<Settled> settle(SubmissionId id, const Settlement& settlement) override;
  Result<Appended> file_sent(NewBody& body, InternalDate date) override;
  Result<Appended> append_by_client(MailboxId mailbox, NewBody& body, const FlagNames& flags,
                                    InternalDate date) override;

  SourceId source(std::string_view key, bool delete_expunged) override;
  Result<std::optional<Appended>> deliver(SourceId source, MailboxId mailbox, NewBody& body,
                                          const Arrival& arrival) override;
  void rebind(SourceId source, const std::vector<Rebinding>& rebindings) override;
  void set_origin_state(SourceId source, const std::vector<OriginId>& origins, OriginState state,
                        WallTime now) override;
  void set_origin_lacking(SourceId source, const std::vector<OriginId>& origins,
                          std::int32_t lacking) override;
  Result<std::size_t> move_gone(SourceId source, const std::vector<OriginId>& origins,
                                MailboxId from, MailboxId to) override;
  void forget_origins(SourceId source, WallTime before, std::chrono::seconds age) override;
  void set_origin_size(SourceId source, OriginId origin, std::uint64_t announced) override;
  void set_source_record(SourceId source, const SourceRecord& record) override;
  void set_fetch_failure(SourceId source, const FetchFailure& failure) override;
  void set_login_record(std::string_view source_key, const LoginRecord& record) override;
  void forget_refused_logins(std::string_view source_key) override;
  bool adopt_source(std::string_view from, std::string_view to) override;
  void set_credential(std::string_view source_key, std::string_view sealed) override;
  bool replace_credential(std::string_view source_key, std::string_view from,
                          std::string_view to) override;
  Result<DeviceId> add_device(const NewDevice& device) override;
  Result<void> renew_device(std::string_view name, const DeviceCertificate& certificate) override;
  Result<void> revoke_device(std::string_view name) override;
  void set_device_use(DeviceId device, const DeviceUse& use) override;
  void hide(DeviceId device, MailboxId mailbox, const UidSet& uids) override;

 private:
  using Rows = std::vector<MessageTable::Row>;
  using Briefs = std::vector<MessageTable::Brief>;
  enum class Leaving { for_good, elsewhere, replaced };

  /// The special use that a mailbox of this name gets, if no other has it.
  [[nodiscard]] SpecialUse free_use(std::string_view name) const;
  Result<MailboxId> make_mailbox(const std::string& name, SpecialUse use);
  /// None of them gets the use that is `promised` to what stands below.
  Result<void> create_superiors(const std::string& name, SpecialUse promised = SpecialUse::none);
  Result<void> rename_inbox(const std::string& to);

  /// The UIDs whose flags changed.
  Result<UidSet> set_flags(MailboxId mailbox, const Rows& rows, FlagChange change,
                           const FlagNames& names);
  Result<Appended> insert(MailboxId mailbox, MessageTable::Row row);
  Result<Appended> put(MailboxId mailbox, NewBody& body, const FlagNames& names, InternalDate date);
  Result<Copied> copy_rows(const Rows& rows, MailboxId from, MailboxId to);
  /// Removes messages that are there. Those that leave for good may leave tombstones.
  UidSet remove_messages(const Briefs& messages, MailboxId mailbox, Leaving leaving);
  /// Removes the entries of an origin wherever they are.
  void remove_placeholder(OriginId origin);
  /// Messages that are there are about to leave the mailbox.
  void about_to_leave(const Briefs& messages, MailboxId mailbox);
  /// They are queued no more.
  void cancel(const Briefs& messages, MailboxId mailbox);
  [[nodiscard]] std::optional<MailboxId> sent_mailbox() const;
  Result<MailboxId> make_sent_mailbox();
  /// The message of Sent that is the same, with the flags added; nullopt if there is none.
  std::optional<Result<Appended>> claim(MailboxId sent, SentCopyTable::By by,
                                        const SentCopyTable::Message& message,
                                        const FlagNames& flags);
  /// Files a copy of a submission in Sent.
  Result<Appended> file(const Submission& submission);
  /// `flags` of `from` as flags of `to`; keywords that find no room there are left out.
  Flags translate(Flags flags, const MailboxRow& from, MailboxId to);
  void edited(MailboxId mailbox, Uid uid, std::optional<Entry> entry);
  void touched(MailboxId mailbox);
  void happened(MailboxId mailbox, MessagesChanged what);

  Tables& tables_;
  LiveMailboxes& live_;
  WallTime now_;
  Outcome outcome_;
  std::size_t edits_mark_ = 0;
  std::size_t undo_mark_ = 0;
};

}  // namespace postern::store
