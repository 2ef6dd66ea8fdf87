#include "sync/store/mailbox_table.h"

#include <algorithm>
#include <cassert>

#include "sync/store/mailbox_name.h"
#include "sync/wire/ascii.h"

namespace postern::store {

namespace {

constexpr std::uint8_t system_flags = 0x1f;
constexpr std::uint32_t uid_limit = 0xffffffffU;

std::size_t keyword_bit(const std::vector<std::string>& keywords, std::string_view name) {
  const auto found = std::ranges::find_if(
      keywords, [&](const std::string& known) { return wire::equal_ignoring_case(known, name); });
  return static_cast<std::size_t>(found - keywords.begin());
}

}  // namespace

MailboxTable::MailboxTable(Database& database, UndoLog& undo)
    : database_(database),
      undo_(undo),
      insert_(database,
              "INSERT INTO mailbox(name, uid_validity, special_use) "
              "SELECT ?, uid_validity, ? FROM account"),
      // By the clock, but never one that was used before, whatever the clock says.
      take_validity_(database,
                     "UPDATE account SET uid_validity = max(uid_validity + 1, ?) "
                     "WHERE uid_validity < 4294967295 RETURNING uid_validity"),
      update_(database,
              "UPDATE mailbox SET uid_next = ?, mod_seq = ?, first_recent = ? WHERE id = ?"),
      rename_(database, "UPDATE mailbox SET name = ? WHERE id = ?"),
      remove_(database, "DELETE FROM mailbox WHERE id = ?"),
      insert_keyword_(database, "INSERT INTO keyword(mailbox, bit, name) VALUES (?, ?, ?)"),
      remove_keywords_(database, "DELETE FROM keyword WHERE mailbox = ?"),
      subscribe_(database, "INSERT OR IGNORE INTO subscription(name) VALUES (?)"),
      unsubscribe_(database, "DELETE FROM subscription WHERE name = ?") {
  load();
}

void MailboxTable::load() {
  std::unordered_map<MailboxId, std::vector<std::string>> keywords;
  Statement select_keywords(database_, "SELECT mailbox, name FROM keyword ORDER BY mailbox, bit");
  for (auto row = select_keywords(); row.step();)
    keywords[row.id<MailboxId>(0)].emplace_back(row.octets(1));
  Statement select(database_,
                   "SELECT id, name, uid_validity, special_use, uid_next, mod_seq, first_recent "
                   "FROM mailbox");
  for (auto row = select(); row.step();) {
    MailboxRow mailbox;
    mailbox.info = {.id = row.id<MailboxId>(0),
                    .name = std::string(row.octets(1)),
                    .special_use = row.number<SpecialUse>(3),
                    .uid_validity = row.id<UidValidity>(2)};
    mailbox.uid_next = row.id<Uid>(4);
    mailbox.mod_seq = row.id<ModSeq>(5);
    mailbox.first_recent = row.id<Uid>(6);
    mailbox.keywords =
        std::make_shared<const std::vector<std::string>>(std::move(keywords[mailbox.info.id]));
    by_name_[mailbox.info.name] = mailbox.info.id;
    rows_[mailbox.info.id].row = std::move(mailbox);
  }
  Statement select_subscriptions(database_, "SELECT name FROM subscription");
  for (auto row = select_subscriptions(); row.step();) subscriptions_.emplace(row.octets(0));
}

const MailboxRow* MailboxTable::find(MailboxId id) const {
  const auto found = rows_.find(id);
  return found == rows_.end() ? nullptr : &found->second.row;
}

const MailboxRow* MailboxTable::find(std::string_view canonical_name) const {
  const auto found = by_name_.find(canonical_name);
  return found == by_name_.end() ? nullptr : find(found->second);
}

std::optional<MailboxId> MailboxTable::find(SpecialUse use) const {
  std::optional<MailboxId> found;
  for (const auto& [id, slot] : rows_) {
    if (slot.row.info.special_use == use && (!found || id < *found)) found = id;
  }
  return found;
}

std::vector<MailboxId> MailboxTable::children(std::string_view canonical_name) const {
  const std::string prefix = std::string(canonical_name) + '/';
  std::vector<MailboxId> found;
  for (auto at = by_name_.lower_bound(prefix);
       at != by_name_.end() && at->first.starts_with(prefix); ++at)
    found.push_back(at->second);
  return found;
}

bool MailboxTable::has_children(std::string_view canonical_name) const {
  const std::string prefix = std::string(canonical_name) + '/';
  const auto first = by_name_.lower_bound(prefix);
  return first != by_name_.end() && first->first.starts_with(prefix);
}

bool MailboxTable::anyone_is(SpecialUse use) const {
  return std::ranges::any_of(
      rows_, [&](const auto& slot) { return slot.second.row.info.special_use == use; });
}

void MailboxTable::tree_changed() {
  ++tree_version_;
  undo_.add([this] { ++tree_version_; });
}

Result<MailboxId> MailboxTable::create(const std::string& canonical_name, SpecialUse use,
                                       WallTime now) {
  if (rows_.size() >= mailbox_limit) return std::unexpected(Refusal::limit);
  // A clock that runs wild must not use the numbers up: beyond the bound they are counted on.
  constexpr std::int64_t bound = 0xf0000000;
  const std::int64_t by_clock = std::clamp<std::int64_t>(now.time_since_epoch().count(), 1, bound);
  MailboxRow row;
  {
    auto taken = take_validity_(by_clock);
    if (!taken.step()) return std::unexpected(Refusal::uid_exhausted);
    row.info.uid_validity = taken.id<UidValidity>(0);
    taken.finish();
  }
  insert_(std::string_view(canonical_name), use).finish();
  row.info.id = MailboxId(database_.last_row_id());
  row.info.name = canonical_name;
  row.info.special_use = use;
  row.keywords = std::make_shared<const std::vector<std::string>>();
  const MailboxId id = row.info.id;
  rows_[id].row = std::move(row);
  by_name_[canonical_name] = id;
  undo_.add([this, id, canonical_name] {
    rows_.erase(id);
    by_name_.erase(canonical_name);
  });
  tree_changed();
  return id;
}

void MailboxTable::remove(MailboxId id) {
  remove_keywords_(id).finish();
  remove_(id).finish();
  const auto found = rows_.find(id);
  assert(found != rows_.end());
  by_name_.erase(found->second.row.info.name);
  undo_.add([this, id, slot = found->second] {
    by_name_[slot.row.info.name] = id;
    rows_[id] = slot;
  });
  rows_.erase(found);
  tree_changed();
}

void MailboxTable::rename(MailboxId id, const std::string& canonical_name) {
  rename_(std::string_view(canonical_name), id).finish();
  Slot& slot = rows_.at(id);
  const std::string before = slot.row.info.name;
  slot.row.info.name = canonical_name;
  by_name_.erase(before);
  by_name_[canonical_name] = id;
  undo_.add([this, id, before, canonical_name] {
    rows_.at(id).row.info.name = before;
    by_name_.erase(canonical_name);
    by_name_[before] = id;
  });
  tree_changed();
}

void MailboxTable::subscribe(const std::string& canonical_name) {
  if (!subscriptions_.insert(canonical_name).second) return;
  undo_.add([this, canonical_name] { subscriptions_.erase(canonical_name); });
  subscribe_(std::string_view(canonical_name)).finish();
  tree_changed();
}

void MailboxTable::unsubscribe(const std::string& canonical_name) {
  if (subscriptions_.erase(canonical_name) == 0) return;
  undo_.add([this, canonical_name] { subscriptions_.insert(canonical_name); });
  unsubscribe_(std::string_view(canonical_name)).finish();
  tree_changed();
}

MailboxTable::Slot& MailboxTable::edit(MailboxId id) {
  Slot& slot = rows_.at(id);
  if (slot.touched_in != write_) {
    undo_.add([this, id, before = slot] { rows_.at(id) = before; });
    slot.touched_in = write_;
    dirty_.insert(id);
  }
  return slot;
}

ModSeq MailboxTable::bump(MailboxId id) {
  Slot& slot = edit(id);
  if (slot.bumped_in != write_) {
    slot.bumped_in = write_;
    slot.row.mod_seq = slot.row.mod_seq.next();
  }
  return slot.row.mod_seq;
}

Result<Uid> MailboxTable::take_uid(MailboxId id) {
  Slot& slot = edit(id);
  if (slot.row.uid_next.value == uid_limit) return std::unexpected(Refusal::uid_exhausted);
  const Uid uid = slot.row.uid_next;
  slot.row.uid_next = uid.next();
  return uid;
}

Result<Flags> MailboxTable::flags(MailboxId id, const FlagNames& names) {
  Flags flags{.keywords = 0, .system = static_cast<std::uint8_t>(names.system & system_flags)};
  for (const std::string& name : names.keywords) {
    const auto& known = *rows_.at(id).row.keywords;
    const std::size_t bit = keyword_bit(known, name);
    if (bit == known.size()) {
      if (bit >= keyword_limit || name.size() > keyword_octets)
        return std::unexpected(Refusal::limit);
      insert_keyword_(id, bit, std::string_view(name)).finish();
      auto more = std::make_shared<std::vector<std::string>>(known);
      more->push_back(name);
      edit(id).row.keywords = std::move(more);
    }
    flags.keywords |= std::uint64_t{1} << bit;
  }
  return flags;
}

Flags MailboxTable::known_flags(MailboxId id, const FlagNames& names) const {
  Flags flags{.keywords = 0, .system = static_cast<std::uint8_t>(names.system & system_flags)};
  const auto& known = *rows_.at(id).row.keywords;
  for (const std::string& name : names.keywords) {
    const std::size_t bit = keyword_bit(known, name);
    if (bit < known.size()) flags.keywords |= std::uint64_t{1} << bit;
  }
  return flags;
}

void MailboxTable::set_first_recent(MailboxId id, Uid uid) {
  if (!rows_.contains(id)) return;
  edit(id).row.first_recent = uid;
}

void MailboxTable::flush() {
  for (const MailboxId id : dirty_) {
    const MailboxRow* row = find(id);
    if (row != nullptr) update_(row->uid_next, row->mod_seq, row->first_recent, id).finish();
  }
  dirty_.clear();
}

std::shared_ptr<const MailboxTree> MailboxTable::tree() const {
  auto tree = std::make_shared<MailboxTree>();
  tree->mailboxes.reserve(rows_.size());
  for (const auto& [name, id] : by_name_) tree->mailboxes.push_back(rows_.at(id).row.info);
  tree->subscriptions.assign(subscriptions_.begin(), subscriptions_.end());
  return tree;
}

}  // namespace postern::store
