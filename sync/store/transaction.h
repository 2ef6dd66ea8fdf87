#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/base/clock.h"
#include "sync/base/flags.h"
#include "sync/base/ids.h"
#include "sync/base/uid_set.h"
#include "sync/store/annotation.h"
#include "sync/store/body.h"
#include "sync/store/device.h"
#include "sync/store/failure.h"
#include "sync/store/import.h"
#include "sync/store/mailbox.h"
#include "sync/store/source_record.h"
#include "sync/store/submission.h"

namespace postern::store {

/// Flags as clients name them: system flags and keyword names. Keywords compare without regard to
/// ASCII case.
struct FlagNames {
  std::uint8_t system = 0;
  std::vector<std::string> keywords;
};

enum class FlagChange { replace, add, remove };

/// The UIDs of messages copied, pairwise in rising order (RFC 4315 COPYUID).
struct Copied {
  UidValidity uid_validity;
  std::vector<Uid> from;
  std::vector<Uid> to;
};

/// What became of a change that was to be made only where nothing else changed.
struct FlagsStored {
  UidSet changed;
  UidSet refused;  ///< changed since, and so left as they are
};

struct Appended {
  UidValidity uid_validity;
  Uid uid;
};

/// What settle() made of a submission.
struct Settled {
  bool done = false;             ///< it is out of the queue
  std::optional<Appended> sent;  ///< the copy in Sent, if it was filed now
};

/// What a write may do, inside one transaction: valid only during the call it is handed to.
/// Writer's thread. A write that returns a Result with an error, or throws, leaves nothing behind.
class Transaction {
 public:
  virtual ~Transaction() = default;

  // Mailboxes. Names are UTF-8, checked by the caller for form, by the store for length and depth.
  virtual Result<MailboxInfo> create_mailbox(std::string_view name, SpecialUse use) = 0;
  /// INBOX, and mailboxes with children, are refused as RFC 9051 section 6.3.5 says.
  virtual Result<void> delete_mailbox(std::string_view name) = 0;
  /// Takes children along. INBOX moves its messages to a new mailbox and stays (RFC 9051
  /// section 6.3.6).
  virtual Result<void> rename_mailbox(std::string_view from, std::string_view to) = 0;
  virtual void subscribe(std::string_view name) = 0;
  virtual void unsubscribe(std::string_view name) = 0;
  /// All of them or none. `mailbox` may be `whole_account`. Refusal::limit: there would be more
  /// than annotation.h allows.
  virtual Result<void> set_annotations(MailboxId mailbox,
                                       const std::vector<NewAnnotation>& changes) = 0;

  // Messages.
  virtual Result<Appended> append(MailboxId mailbox, NewBody& body, const FlagNames& flags,
                                  InternalDate date) = 0;
  /// Messages that are not there are passed over. Returns the UIDs whose flags changed.
  virtual Result<UidSet> store_flags(MailboxId mailbox, const UidSet& uids, FlagChange change,
                                     const FlagNames& flags) = 0;
  /// The same, only of messages whose MODSEQ is not above `since` (RFC 7162 section 3.1.3).
  virtual Result<FlagsStored> store_flags_unless_changed(MailboxId mailbox, const UidSet& uids,
                                                         FlagChange change, const FlagNames& flags,
                                                         ModSeq since) = 0;
  virtual Result<Copied> copy(MailboxId from, const UidSet& uids, MailboxId to) = 0;
  virtual Result<Copied> move(MailboxId from, const UidSet& uids, MailboxId to) = 0;
  /// Removes the messages of `uids` that are \Deleted. An origin that no mailbox holds any more
  /// becomes a tombstone, in this transaction; of a source made with `delete_expunged`, it
  /// becomes `delete_due` too.
  virtual Result<UidSet> expunge(MailboxId mailbox, const UidSet& uids) = 0;

  /// Appends a message of an archive, and remembers that it came, together; unless it did before,
  /// or is there already: then that alone is remembered.
  virtual Result<ImportOutcome> import(MailboxId mailbox, NewBody& body, const FlagNames& flags,
                                       InternalDate date, const ImportKey& key) = 0;

  // Sending (submission.h). The mailbox Sent is the one with the special use \Sent, or else that of
  // this name; it is made if there is none.
  /// Appends the message to Outbox, which is made and subscribed if it is not there, and queues it.
  /// Without recipients: Refusal::cannot.
  virtual Result<Submission> submit(NewBody& body, const NewSubmission& submission) = 0;
  /// Counts an attempt; if it is never settled, the next one is due at `next_due`. nullopt: it was
  /// cancelled, and is forgotten now.
  virtual std::optional<Submission> begin_attempt(SubmissionId id, WallTime next_due) = 0;
  /// From here on the outcome is `unknown` until it is settled: to be on disk before the final dot
  /// goes out.
  virtual Result<void> final_dot(SubmissionId id) = 0;
  /// Records the outcome of an attempt. With the first recipient that has it the message is filed
  /// in Sent, \Seen, unless a copy that a program appended is there (append_by_client). Where Sent
  /// cannot take it, it stays in Outbox instead. Refusal::cannot: other recipients than those.
  virtual Result<Settled> settle(SubmissionId id, const Settlement& settlement) = 0;
  /// Files a message that was sent without the queue, as settle() does.
  virtual Result<Appended> file_sent(NewBody& body, InternalDate date) = 0;
  /// As append(). A message for Sent that was filed there in the last days, told by its Message-ID
  /// or octets, is not stored a second time: the flags are added to that copy, which is returned.
  /// A copy stands for one message that a program appends, and the other way round.
  virtual Result<Appended> append_by_client(MailboxId mailbox, NewBody& body,
                                            const FlagNames& flags, InternalDate date) = 0;

  // Sources.
  /// Finds or makes the source `key` ("pop3://user@host:port", unique in the account).
  /// `delete_expunged`: whether an expunge here is to delete upstream.
  virtual SourceId source(std::string_view key, bool delete_expunged) = 0;
  /// Appends the message and records its UIDL, together. Nothing is appended, and nullopt returned,
  /// if the source has that UIDL already in a state other than `gone`; or if it is `gone` but came
  /// with the same octets or the same known header hash: then the listing that lacked it was wrong,
  /// and the origin is `stored` again, or `delete_due` if it is a tombstone of a source with
  /// `delete_expunged`. Where `announced` is another size than before, octets and header hash
  /// decide in either case: if both differ, what was known is `gone`. One that is `skipped` gives
  /// way, its placeholder included, unless it was expunged. Ends what is known of failures.
  virtual Result<std::optional<Appended>> deliver(SourceId source, MailboxId mailbox, NewBody& body,
                                                  const Arrival& arrival) = 0;
  /// Known messages bear other ids from now on; one that was gone is back. Another message that
  /// holds such an id, and is not gone, is put out of the way: under an id that no server lists.
  virtual void rebind(SourceId source, const std::vector<Rebinding>& rebindings) = 0;
  /// `gone_since` is `now` when an origin becomes `gone`, and stays. One that is gone stays so if
  /// another holds its UIDL by now.
  virtual void set_origin_state(SourceId source, const std::vector<OriginId>& origins,
                                OriginState state, WallTime now) = 0;
  /// How many good listings lacked origins that are gone (Origin::lacking).
  virtual void set_origin_lacking(SourceId source, const std::vector<OriginId>& origins,
                                  std::int32_t lacking) = 0;
  /// Moves what `from` holds of origins that are gone to `to`, and ends their counting. What other
  /// mailboxes hold stays there. Returns how many messages moved.
  virtual Result<std::size_t> move_gone(SourceId source, const std::vector<OriginId>& origins,
                                        MailboxId from, MailboxId to) = 0;
  /// Forgets origins that are gone since before `before` and, by the source's own clock, for `age`.
  /// A tombstone that is not gone stays.
  virtual void forget_origins(SourceId source, WallTime before, std::chrono::seconds age) = 0;
  /// The message is the known one, and LIST tells this size of it. A third size shows that sizes
  /// say nothing there.
  virtual void set_origin_size(SourceId source, OriginId origin, std::uint64_t announced) = 0;
  virtual void set_source_record(SourceId source, const SourceRecord& record) = 0;
  /// Takes the place of what was known of that message; without any failures that is forgotten.
  virtual void set_fetch_failure(SourceId source, const FetchFailure& failure) = 0;

  virtual void set_login_record(std::string_view source_key, const LoginRecord& record) = 0;
  /// The credentials are others now; what else the logins taught stays.
  virtual void forget_refused_logins(std::string_view source_key) = 0;
  /// What was recorded under the key `from` is that of `to` from now on. False, and nothing
  /// happens, if there is no `from`, or if something was delivered from `to` already.
  virtual bool adopt_source(std::string_view from, std::string_view to) = 0;

  // What signs in to a source, sealed under a key that the store does not know.
  virtual void set_credential(std::string_view source_key, std::string_view sealed) = 0;
  /// The same if what is there is still `from`; else false, and nothing happens. `to` may be empty:
  /// it is forgotten.
  virtual bool replace_credential(std::string_view source_key, std::string_view from,
                                  std::string_view to) = 0;

  // Devices.
  /// Refusal::already_exists: there is one of that name; in_use: another one has its certificate.
  virtual Result<DeviceId> add_device(const NewDevice& device) = 0;
  /// Another certificate in place of the one that it has. Refusal::nonexistent: there is none of
  /// that name; cannot: it has a password; in_use: another one has this certificate.
  virtual Result<void> renew_device(std::string_view name,
                                    const DeviceCertificate& certificate) = 0;
  /// With all that is known of it. Refusal::nonexistent: there is none of that name.
  virtual Result<void> revoke_device(std::string_view name) = 0;
  /// Nothing happens if it was revoked meanwhile; likewise in hide().
  virtual void set_device_use(DeviceId device, const DeviceUse& use) = 0;
  /// Messages that the device is not shown any more; what all others see stays.
  virtual void hide(DeviceId device, MailboxId mailbox, const UidSet& uids) = 0;
};

}  // namespace postern::store
