// The part of a transaction that is about sending.
#include <algorithm>
#include <utility>

#include "sync/store/write_transaction.h"

namespace postern::store {

namespace {

using By = SentCopyTable::By;
using State = SubmissionRecipient::State;

constexpr std::string_view usual_sent = "Sent";
constexpr Flags seen{.keywords = 0, .system = static_cast<std::uint8_t>(SystemFlag::seen)};

FlagNames names_of(Flags flags) {
  return {.system = flags.system, .keywords = {}};
}

std::string likeness_of(const NewBody& body) {
  return SentCopyTable::likeness(body.digest().sort_keys, body.digest().parts);
}

InternalDate date_of(WallTime time) {
  return {.seconds = time.time_since_epoch().count(), .zone_minutes = 0};
}

UidSet only(Uid uid) {
  return UidSet({{uid, uid}});
}

bool any_is(const std::vector<SubmissionRecipient>& recipients, State state) {
  return std::ranges::find(recipients, state, &SubmissionRecipient::state) != recipients.end();
}

/// In their order, and none of them is another one.
bool same_recipients(const std::vector<SubmissionRecipient>& a,
                     const std::vector<SubmissionRecipient>& b) {
  return std::ranges::equal(a, b, {}, &SubmissionRecipient::address, &SubmissionRecipient::address);
}

}  // namespace

std::optional<MailboxId> WriteTransaction::sent_mailbox() const {
  if (const auto special = tables_.mailboxes.find(SpecialUse::sent)) return special;
  const MailboxRow* usual = tables_.mailboxes.find(usual_sent);
  if (usual == nullptr) return std::nullopt;
  return usual->info.id;
}

Result<MailboxId> WriteTransaction::make_sent_mailbox() {
  if (const auto there = sent_mailbox()) return *there;
  const Result<MailboxInfo> made = create_mailbox(usual_sent, SpecialUse::sent);
  if (!made) return std::unexpected(made.error());
  subscribe(usual_sent);
  return made->id;
}

Result<Submission> WriteTransaction::submit(NewBody& body, const NewSubmission& submission) {
  if (submission.recipients.empty()) return std::unexpected(Refusal::cannot);
  const MailboxRow* outbox = tables_.mailboxes.find(outbox_name);
  if (outbox == nullptr) {
    const Result<MailboxInfo> made = create_mailbox(outbox_name, SpecialUse::none);
    if (!made) return std::unexpected(made.error());
    subscribe(outbox_name);
    outbox = tables_.mailboxes.find(made->id);
  }
  const MailboxId mailbox = outbox->info.id;
  const Result<Appended> appended =
      append(mailbox, body, names_of(seen), date_of(submission.accepted));
  if (!appended) return std::unexpected(appended.error());
  return *tables_.submissions.find(tables_.submissions.add(mailbox, appended->uid, submission));
}

std::optional<Submission> WriteTransaction::begin_attempt(SubmissionId id, WallTime next_due) {
  const auto found = tables_.submissions.find(id);
  if (!found) return std::nullopt;
  if (found->uid == Uid(0)) {
    tables_.submissions.remove(id);
    return std::nullopt;
  }
  tables_.submissions.begin_attempt(id, next_due);
  return tables_.submissions.find(id);
}

Result<void> WriteTransaction::final_dot(SubmissionId id) {
  const auto found = tables_.submissions.find(id);
  if (!found || found->uid == Uid(0)) return std::unexpected(Refusal::nonexistent);
  tables_.submissions.at_final_dot(id);
  return {};
}

Result<Settled> WriteTransaction::settle(SubmissionId id, const Settlement& settlement) {
  const auto found = tables_.submissions.find(id);
  if (!found) return std::unexpected(Refusal::nonexistent);
  if (!same_recipients(found->recipients, settlement.recipients))
    return std::unexpected(Refusal::cannot);
  Submission now = *found;
  now.recipients = settlement.recipients;
  now.problem = settlement.problem;
  now.due = settlement.due;
  now.certainty = settlement.certainty;
  const bool cancelled = now.uid == Uid(0);
  Settled settled{.done = cancelled || !any_is(now.recipients, State::due), .sent = std::nullopt};
  const bool sent = any_is(now.recipients, State::sent);
  if (sent && !now.filed) {
    // What was sent was sent, whatever becomes of the copy.
    if (const Result<Appended> filed = file(now)) settled.sent = *filed;
    now.filed = settled.sent.has_value();
  }
  if (!settled.done) {
    tables_.submissions.settle(now);
    return settled;
  }
  tables_.submissions.remove(id);
  const bool kept = sent && !now.filed;
  if (!cancelled && !kept)
    remove_messages(tables_.messages.briefs(now.mailbox, only(now.uid)), now.mailbox,
                    Leaving::for_good);
  return settled;
}

std::optional<Result<Appended>> WriteTransaction::claim(MailboxId sent, By by,
                                                        const SentCopyTable::Message& message,
                                                        const FlagNames& flags) {
  const auto there = tables_.sent_copies.claim(sent, by, message, now_);
  if (!there) return std::nullopt;
  const Result<UidSet> flagged = store_flags(sent, only(*there), FlagChange::add, flags);
  if (!flagged) return std::unexpected(flagged.error());
  return Appended{tables_.mailboxes.find(sent)->info.uid_validity, *there};
}

Result<Appended> WriteTransaction::file(const Submission& submission) {
  const Result<MailboxId> sent = make_sent_mailbox();
  if (!sent) return std::unexpected(sent.error());
  const std::string likeness = tables_.sent_copies.likeness(submission.body);
  const SentCopyTable::Message message{.likeness = likeness, .body = submission.body};
  if (const auto theirs = claim(*sent, By::program, message, names_of(seen))) return *theirs;
  tables_.imports.forget_counts();
  const Result<Appended> filed = insert(
      *sent,
      {.entry = {.uid = {},
                 .octets = static_cast<std::uint32_t>(tables_.bodies.octets(submission.body)),
                 .body = submission.body,
                 .mod_seq = {},
                 .date = date_of(submission.accepted),
                 .saved_at = {},
                 .flags = seen},
       .origin = {}});
  if (filed) tables_.sent_copies.record(*sent, filed->uid, By::us, likeness, now_);
  return filed;
}

Result<Appended> WriteTransaction::file_sent(NewBody& body, InternalDate date) {
  const Result<MailboxId> sent = make_sent_mailbox();
  if (!sent) return std::unexpected(sent.error());
  const std::string likeness = likeness_of(body);
  const SentCopyTable::Message message{.likeness = likeness,
                                       .body = tables_.bodies.find(body.digest().hash)};
  if (const auto theirs = claim(*sent, By::program, message, names_of(seen))) return *theirs;
  const Result<Appended> filed = append(*sent, body, names_of(seen), date);
  if (filed) tables_.sent_copies.record(*sent, filed->uid, By::us, likeness, now_);
  return filed;
}

Result<Appended> WriteTransaction::append_by_client(MailboxId mailbox, NewBody& body,
                                                    const FlagNames& flags, InternalDate date) {
  if (sent_mailbox() != mailbox) return append(mailbox, body, flags, date);
  const std::string likeness = likeness_of(body);
  const SentCopyTable::Message message{.likeness = likeness,
                                       .body = tables_.bodies.find(body.digest().hash)};
  if (const auto ours = claim(mailbox, By::us, message, flags)) return *ours;
  const Result<Appended> appended = append(mailbox, body, flags, date);
  if (appended) tables_.sent_copies.record(mailbox, appended->uid, By::program, likeness, now_);
  return appended;
}

void WriteTransaction::cancel(const Briefs& messages, MailboxId mailbox) {
  for (const MessageTable::Brief& message : messages)
    tables_.submissions.cancel(mailbox, message.uid, message.body);
}

void WriteTransaction::about_to_leave(const Briefs& messages, MailboxId mailbox) {
  if (!tables_.submissions.queued(mailbox).empty()) cancel(messages, mailbox);
  if (tables_.sent_copies.any(mailbox)) {
    for (const MessageTable::Brief& message : messages)
      tables_.sent_copies.forget(mailbox, message.uid);
  }
}

}  // namespace postern::store
