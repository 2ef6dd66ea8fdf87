#include "sync/store/write_transaction.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <tuple>
#include <utility>

namespace postern::store {

WriteTransaction::WriteTransaction(Tables& tables, LiveMailboxes& live)
    : tables_(tables), live_(live) {}

void WriteTransaction::begin() {
  now_ = wall_now();
  tables_.mailboxes.begin_write();
  edits_mark_ = outcome_.edits.size();
  undo_mark_ = tables_.undo.mark();
}

void WriteTransaction::drop() {
  outcome_.edits.resize(edits_mark_);
  tables_.undo.roll_back(undo_mark_);
}

WriteTransaction::Outcome WriteTransaction::take_outcome() {
  std::ranges::stable_sort(outcome_.edits, {},
                           [](const Edit& edit) { return std::tie(edit.mailbox, edit.uid); });
  return std::exchange(outcome_, {});
}

void WriteTransaction::touched(MailboxId mailbox) {
  // One that a dropped write touched stays in: publishing it once more as it is does no harm.
  outcome_.changed.insert(mailbox);
}

/// As with touched().
void WriteTransaction::happened(MailboxId mailbox, MessagesChanged what) {
  std::uint8_t& known = outcome_.messages[mailbox];
  known = static_cast<std::uint8_t>(known | what);
}

void WriteTransaction::edited(MailboxId mailbox, Uid uid, std::optional<Entry> entry) {
  touched(mailbox);
  if (live_.live(mailbox)) outcome_.edits.push_back({mailbox, uid, std::move(entry)});
}

Result<Appended> WriteTransaction::insert(MailboxId mailbox, MessageTable::Row row) {
  const Result<Uid> uid = tables_.mailboxes.take_uid(mailbox);
  if (!uid) return std::unexpected(uid.error());
  row.entry.uid = *uid;
  row.entry.mod_seq = tables_.mailboxes.bump(mailbox);
  row.entry.saved_at = now_;
  tables_.messages.insert(mailbox, row);
  edited(mailbox, *uid, row.entry);
  happened(mailbox, messages_added);
  return Appended{tables_.mailboxes.find(mailbox)->info.uid_validity, *uid};
}

Result<Appended> WriteTransaction::append(MailboxId mailbox, NewBody& body, const FlagNames& names,
                                          InternalDate date) {
  tables_.imports.forget_counts();
  return put(mailbox, body, names, date);
}

Result<Appended> WriteTransaction::put(MailboxId mailbox, NewBody& body, const FlagNames& names,
                                       InternalDate date) {
  if (tables_.mailboxes.find(mailbox) == nullptr) return std::unexpected(Refusal::try_create);
  if (body.digest().octets > std::numeric_limits<std::uint32_t>::max())
    return std::unexpected(Refusal::limit);
  const Result<Flags> flags = tables_.mailboxes.flags(mailbox, names);
  if (!flags) return std::unexpected(flags.error());
  return insert(mailbox, {.entry = {.uid = {},
                                    .octets = static_cast<std::uint32_t>(body.digest().octets),
                                    .body = tables_.bodies.put(body),
                                    .mod_seq = {},
                                    .date = date,
                                    .saved_at = {},
                                    .flags = *flags},
                          .origin = {}});
}

Result<UidSet> WriteTransaction::store_flags(MailboxId mailbox, const UidSet& uids,
                                             FlagChange change, const FlagNames& names) {
  if (tables_.mailboxes.find(mailbox) == nullptr) return std::unexpected(Refusal::nonexistent);
  return set_flags(mailbox, tables_.messages.find(mailbox, uids), change, names);
}

Result<FlagsStored> WriteTransaction::store_flags_unless_changed(MailboxId mailbox,
                                                                 const UidSet& uids,
                                                                 FlagChange change,
                                                                 const FlagNames& names,
                                                                 ModSeq since) {
  if (tables_.mailboxes.find(mailbox) == nullptr) return std::unexpected(Refusal::nonexistent);
  Rows rows = tables_.messages.find(mailbox, uids);
  FlagsStored stored;
  std::erase_if(rows, [&](const MessageTable::Row& row) {
    const bool refused = row.entry.mod_seq > since;
    if (refused) stored.refused.add(row.entry.uid);
    return refused;
  });
  Result<UidSet> changed = set_flags(mailbox, rows, change, names);
  if (!changed) return std::unexpected(changed.error());
  stored.changed = std::move(*changed);
  return stored;
}

Result<UidSet> WriteTransaction::set_flags(MailboxId mailbox, const Rows& rows, FlagChange change,
                                           const FlagNames& names) {
  if (rows.empty()) return UidSet();
  const Result<Flags> named = change == FlagChange::remove
                                  ? tables_.mailboxes.known_flags(mailbox, names)
                                  : tables_.mailboxes.flags(mailbox, names);
  if (!named) return std::unexpected(named.error());
  touched(mailbox);
  UidSet changed;
  for (const MessageTable::Row& row : rows) {
    Entry entry = row.entry;
    switch (change) {
      case FlagChange::replace: entry.flags = *named; break;
      case FlagChange::add: entry.flags = entry.flags | *named; break;
      case FlagChange::remove: entry.flags = entry.flags - *named; break;
    }
    if (entry.flags == row.entry.flags) continue;
    entry.mod_seq = tables_.mailboxes.bump(mailbox);
    tables_.messages.set_flags(mailbox, entry.uid, entry.flags, entry.mod_seq);
    edited(mailbox, entry.uid, entry);
    changed.add(entry.uid);
  }
  if (!changed.empty()) happened(mailbox, flags_changed);
  return changed;
}

Flags WriteTransaction::translate(Flags flags, const MailboxRow& from, MailboxId to) {
  Flags translated{.keywords = 0, .system = flags.system};
  for (std::size_t bit = 0; bit < from.keywords->size(); ++bit) {
    if ((flags.keywords >> bit & 1) == 0) continue;
    const Result<Flags> there = tables_.mailboxes.flags(to, {.keywords = {(*from.keywords)[bit]}});
    if (there) translated = translated | *there;
  }
  return translated;
}

Result<Copied> WriteTransaction::copy_rows(const Rows& rows, MailboxId from, MailboxId to) {
  const MailboxRow* target = tables_.mailboxes.find(to);
  if (target == nullptr) return std::unexpected(Refusal::try_create);
  tables_.imports.forget_counts();
  Copied copied{.uid_validity = target->info.uid_validity, .from = {}, .to = {}};
  // A copy: the table may give its row another place when keywords are made.
  const MailboxRow origin_of_flags = *tables_.mailboxes.find(from);
  for (MessageTable::Row row : rows) {
    if (from != to) row.entry.flags = translate(row.entry.flags, origin_of_flags, to);
    copied.from.push_back(row.entry.uid);
    const Result<Appended> appended = insert(to, row);
    if (!appended) return std::unexpected(appended.error());
    copied.to.push_back(appended->uid);
  }
  return copied;
}

UidSet WriteTransaction::remove_messages(const Briefs& messages, MailboxId mailbox,
                                         Leaving leaving) {
  UidSet removed;
  if (messages.empty()) return removed;
  about_to_leave(messages, mailbox);
  tables_.imports.forget_counts();
  const ModSeq mod_seq = tables_.mailboxes.bump(mailbox);
  // A message that lives on elsewhere keeps its body there, but that may go before the last view of
  // this mailbox does.
  const bool seen = leaving != Leaving::elsewhere || live_.still_seen(mailbox, mod_seq);
  for (const MessageTable::Brief& message : messages) {
    edited(mailbox, message.uid, std::nullopt);
    removed.add(message.uid);
  }
  if (seen) tables_.bodies.may_be_unnamed(mailbox, removed, mod_seq);
  tables_.messages.remove(mailbox, removed);
  happened(mailbox, messages_removed);
  tables_.expunged.record(mailbox, mod_seq, removed);
  if (leaving != Leaving::for_good) return removed;
  std::vector<OriginId> origins;
  for (const MessageTable::Brief& message : messages)
    if (message.origin != OriginId(0)) origins.push_back(message.origin);
  // The upstream copy lives as long as any mailbox holds the message.
  tables_.origins.lost_entries(std::move(origins));
  return removed;
}

Result<Copied> WriteTransaction::copy(MailboxId from, const UidSet& uids, MailboxId to) {
  if (tables_.mailboxes.find(from) == nullptr) return std::unexpected(Refusal::nonexistent);
  return copy_rows(tables_.messages.find(from, uids), from, to);
}

Result<Copied> WriteTransaction::move(MailboxId from, const UidSet& uids, MailboxId to) {
  if (tables_.mailboxes.find(from) == nullptr) return std::unexpected(Refusal::nonexistent);
  const Rows rows = tables_.messages.find(from, uids);
  Result<Copied> copied = copy_rows(rows, from, to);
  if (!copied) return copied;
  Briefs moved;
  for (const MessageTable::Row& row : rows)
    moved.push_back({row.entry.uid, row.entry.body, row.origin});
  remove_messages(moved, from, Leaving::elsewhere);
  return copied;
}

Result<UidSet> WriteTransaction::expunge(MailboxId mailbox, const UidSet& uids) {
  if (tables_.mailboxes.find(mailbox) == nullptr) return std::unexpected(Refusal::nonexistent);
  const Briefs deleted = tables_.messages.briefs(mailbox, uids, Flags().add(SystemFlag::deleted));
  return remove_messages(deleted, mailbox, Leaving::for_good);
}

Result<ImportOutcome> WriteTransaction::import(MailboxId mailbox, NewBody& body,
                                               const FlagNames& names, InternalDate date,
                                               const ImportKey& key) {
  if (tables_.mailboxes.find(mailbox) == nullptr) return std::unexpected(Refusal::try_create);
  const BodyHash hash = body.digest().hash;
  tables_.undo.add([&imports = tables_.imports] { imports.forget_counts(); });
  ImportOutcome outcome{.what = tables_.imports.judge(mailbox, key, hash), .left_out = {}};
  if (outcome.what == Imported::known) return outcome;
  if (outcome.what == Imported::added) {
    FlagNames fitting{.system = names.system, .keywords = {}};
    for (const std::string& keyword : names.keywords) {
      const bool fits =
          tables_.mailboxes.flags(mailbox, {.system = 0, .keywords = {keyword}}).has_value();
      (fits ? fitting.keywords : outcome.left_out).push_back(keyword);
    }
    const Result<Appended> appended = put(mailbox, body, fitting, date);
    if (!appended) return std::unexpected(appended.error());
    tables_.imports.added(mailbox, hash);
  }
  tables_.imports.record(mailbox, key);
  return outcome;
}

SourceId WriteTransaction::source(std::string_view key, bool delete_expunged) {
  return tables_.origins.source(key, delete_expunged);
}

Result<std::optional<Appended>> WriteTransaction::deliver(SourceId source, MailboxId mailbox,
                                                          NewBody& body, const Arrival& arrival) {
  if (tables_.mailboxes.find(mailbox) == nullptr) return std::unexpected(Refusal::try_create);
  if (body.digest().octets > std::numeric_limits<std::uint32_t>::max())
    return std::unexpected(Refusal::limit);
  const OriginTable::Delivered delivered = tables_.origins.deliver(source, body.digest(), arrival);
  if (delivered.outcome == OriginTable::Outcome::known) return std::nullopt;
  tables_.imports.forget_counts();
  if (delivered.outcome == OriginTable::Outcome::replaced) remove_placeholder(delivered.origin);
  const Result<Appended> appended =
      insert(mailbox, {.entry = {.uid = {},
                                 .octets = static_cast<std::uint32_t>(body.digest().octets),
                                 .body = tables_.bodies.put(body),
                                 .mod_seq = {},
                                 .date = arrival.date,
                                 .saved_at = {},
                                 .flags = {}},
                       .origin = delivered.origin});
  if (!appended) return std::unexpected(appended.error());
  return *appended;
}

void WriteTransaction::remove_placeholder(OriginId origin) {
  for (const auto& [mailbox, uid] : tables_.messages.places(origin))
    remove_messages(tables_.messages.briefs(mailbox, UidSet({{uid, uid}})), mailbox,
                    Leaving::replaced);
}

void WriteTransaction::rebind(SourceId source, const std::vector<Rebinding>& rebindings) {
  for (const Rebinding& rebinding : rebindings) tables_.origins.rebind(source, rebinding);
}

void WriteTransaction::set_origin_state(SourceId source, const std::vector<OriginId>& origins,
                                        OriginState state, WallTime now) {
  for (const OriginId origin : origins) tables_.origins.set_state(source, origin, state, now);
}

void WriteTransaction::set_origin_lacking(SourceId source, const std::vector<OriginId>& origins,
                                          std::int32_t lacking) {
  for (const OriginId origin : origins) tables_.origins.set_lacking(source, origin, lacking);
}

Result<std::size_t> WriteTransaction::move_gone(SourceId source,
                                                const std::vector<OriginId>& origins,
                                                MailboxId from, MailboxId to) {
  UidSet uids;
  for (const OriginId origin : origins) {
    // One that came back meanwhile stays where it is.
    if (!tables_.origins.set_lacking(source, origin, not_counted) || from == to) continue;
    for (const auto& [mailbox, uid] : tables_.messages.places(origin))
      if (mailbox == from) uids.add(uid);
  }
  if (uids.empty()) return std::size_t{0};
  const Result<Copied> moved = move(from, uids, to);
  if (!moved) return std::unexpected(moved.error());
  return moved->from.size();
}

void WriteTransaction::forget_origins(SourceId source, WallTime before, std::chrono::seconds age) {
  tables_.origins.forget(source, before, age);
}

void WriteTransaction::set_origin_size(SourceId source, OriginId origin, std::uint64_t announced) {
  tables_.origins.set_size(source, origin, announced);
}

void WriteTransaction::set_source_record(SourceId source, const SourceRecord& record) {
  tables_.origins.set_record(source, record);
}

void WriteTransaction::set_fetch_failure(SourceId source, const FetchFailure& failure) {
  tables_.origins.set_failure(source, failure);
}

void WriteTransaction::set_login_record(std::string_view source_key, const LoginRecord& record) {
  tables_.logins.set(source_key, record);
}

void WriteTransaction::forget_refused_logins(std::string_view source_key) {
  tables_.logins.forget_refused(source_key);
}

bool WriteTransaction::adopt_source(std::string_view from, std::string_view to) {
  return tables_.origins.adopt(from, to);
}

void WriteTransaction::set_credential(std::string_view source_key, std::string_view sealed) {
  tables_.credentials.set(source_key, sealed);
}

bool WriteTransaction::replace_credential(std::string_view source_key, std::string_view from,
                                          std::string_view to) {
  if (tables_.credentials.find(source_key) != from) return false;
  tables_.credentials.set(source_key, to);
  return true;
}

}  // namespace postern::store
