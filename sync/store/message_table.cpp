#include "sync/store/message_table.h"

namespace postern::store {

namespace {

/// Of the columns of `select_`.
MessageTable::Row row_from(const Statement::Run& row) {
  return {
      .entry = {.uid = row.id<Uid>(0),
                .octets = row.number<std::uint32_t>(2),
                .body = row.id<BodyId>(1),
                .mod_seq = row.id<ModSeq>(5),
                .date = {.seconds = row.integer(6), .zone_minutes = row.number<std::int16_t>(7)},
                .saved_at = WallTime(std::chrono::seconds(row.integer(9))),
                .flags = {.keywords = row.number<std::uint64_t>(4),
                          .system = row.number<std::uint8_t>(3)}},
      .origin = row.id<OriginId>(8)};
}

}  // namespace

MessageTable::MessageTable(Database& database)
    : select_(database,
              "SELECT uid, body, octets, flags, keywords, mod_seq, date, zone, origin, saved_at "
              "FROM message "
              "WHERE mailbox = ? AND uid BETWEEN ? AND ? ORDER BY uid"),
      insert_(database,
              "INSERT INTO message(mailbox, uid, body, octets, flags, keywords, mod_seq, date, "
              "zone, origin, saved_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0), ?)"),
      set_flags_(database,
                 "UPDATE message SET flags = ?, keywords = ?, mod_seq = ? "
                 "WHERE mailbox = ? AND uid = ?"),
      remove_(database, "DELETE FROM message WHERE mailbox = ? AND uid BETWEEN ? AND ?"),
      select_briefs_(
          database,
          "SELECT uid, body, origin FROM message "
          "WHERE mailbox = ?1 AND uid BETWEEN ?2 AND ?3 AND flags & ?4 = ?4 ORDER BY uid"),
      places_(database, "SELECT mailbox, uid FROM message WHERE origin = ?") {}

std::vector<MessageTable::Row> MessageTable::find(MailboxId mailbox, const UidSet& uids) {
  std::vector<Row> rows;
  for (const UidSet::Range& range : uids.ranges()) {
    auto row = select_(mailbox, range.first, range.last);
    while (row.step()) rows.push_back(row_from(row));
  }
  return rows;
}

std::vector<MessageTable::Brief> MessageTable::briefs(MailboxId mailbox, const UidSet& uids,
                                                      Flags all_of) {
  std::vector<Brief> found;
  for (const UidSet::Range& range : uids.ranges()) {
    auto row = select_briefs_(mailbox, range.first, range.last, all_of.system);
    while (row.step()) found.push_back({row.id<Uid>(0), row.id<BodyId>(1), row.id<OriginId>(2)});
  }
  return found;
}

void MessageTable::each(MailboxId mailbox, const std::function<void(const Entry&)>& visit) {
  auto row = select_(mailbox, 0, 0xffffffffU);
  while (row.step()) visit(row_from(row).entry);
}

bool MessageTable::any(MailboxId mailbox) {
  return select_(mailbox, 0, 0xffffffffU).step();
}

void MessageTable::insert(MailboxId mailbox, const Row& row) {
  const Entry& entry = row.entry;
  insert_(mailbox, entry.uid, entry.body, entry.octets, entry.flags.system, entry.flags.keywords,
          entry.mod_seq, entry.date.seconds, entry.date.zone_minutes, row.origin,
          entry.saved_at.time_since_epoch().count())
      .finish();
}

void MessageTable::set_flags(MailboxId mailbox, Uid uid, Flags flags, ModSeq mod_seq) {
  set_flags_(flags.system, flags.keywords, mod_seq, mailbox, uid).finish();
}

void MessageTable::remove(MailboxId mailbox, const UidSet& uids) {
  for (const UidSet::Range& range : uids.ranges())
    remove_(mailbox, range.first, range.last).finish();
}

std::vector<std::pair<MailboxId, Uid>> MessageTable::places(OriginId origin) {
  std::vector<std::pair<MailboxId, Uid>> found;
  auto row = places_(origin);
  while (row.step()) found.emplace_back(row.id<MailboxId>(0), row.id<Uid>(1));
  return found;
}

}  // namespace postern::store
