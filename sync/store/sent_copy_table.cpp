#include "sync/store/sent_copy_table.h"

#include <array>
#include <cstdint>
#include <span>

#include <fmt/format.h>
#include <openssl/sha.h>

#include "sync/wire/mime/ascii.h"
#include "sync/wire/mime/sort_keys.h"
#include "sync/wire/mime/structure.h"

namespace postern::store {

namespace {

using IdHash = std::array<std::uint8_t, SHA256_DIGEST_LENGTH>;

IdHash hash_of(std::string_view id) {
  IdHash hash{};
  SHA256(reinterpret_cast<const std::uint8_t*>(id.data()), id.size(), hash.data());
  return hash;
}

/// Looking through all of them with each message would make a folder of old mail slow to copy in.
constexpr auto look_again_after = std::chrono::hours(1);

}  // namespace

SentCopyTable::SentCopyTable(Database& database)
    : by_body_(database,
               "SELECT c.uid FROM message AS m JOIN sent_copy AS c ON c.mailbox = m.mailbox AND "
               "c.uid = m.uid WHERE m.body = ?1 AND m.mailbox = ?2 AND m.flags & 8 = 0 AND "
               "filed_by = ?3 AND claimed = 0 AND filed_at > ?4 ORDER BY c.uid LIMIT 1"),
      by_id_(database,
             "SELECT c.uid FROM sent_copy AS c JOIN message AS m ON m.mailbox = c.mailbox AND "
             "m.uid = c.uid WHERE c.message_id = ?1 AND c.mailbox = ?2 AND m.flags & 8 = 0 AND "
             "filed_by = ?3 AND claimed = 0 AND filed_at > ?4 ORDER BY c.uid LIMIT 1"),
      claim_(database, "UPDATE sent_copy SET claimed = 1 WHERE mailbox = ? AND uid = ?"),
      record_(database,
              "INSERT OR REPLACE INTO sent_copy(mailbox, uid, message_id, filed_at, filed_by) "
              "VALUES (?, ?, ?, ?, ?)"),
      any_(database, "SELECT 1 FROM sent_copy WHERE mailbox = ? LIMIT 1"),
      forget_(database, "DELETE FROM sent_copy WHERE mailbox = ? AND uid = ?"),
      // After a clock that was wrong nothing is remembered for ever.
      forget_old_(database, "DELETE FROM sent_copy WHERE filed_at <= ? OR filed_at > ?"),
      keys_(database,
            "SELECT k.keys, b.parts FROM sort_key AS k JOIN body AS b ON b.id = k.body "
            "WHERE k.body = ?") {}

std::optional<Uid> SentCopyTable::claim(MailboxId mailbox, By by, const Message& message,
                                        WallTime now) {
  const std::int64_t since = (now - remembered).time_since_epoch().count();
  std::optional<Uid> found;
  if (message.body) {
    auto row = by_body_(*message.body, mailbox, by, since);
    if (row.step()) found = row.id<Uid>(0);
  }
  if (!found && !message.likeness.empty()) {
    const IdHash hash = hash_of(message.likeness);
    auto row = by_id_(std::span<const std::uint8_t>(hash), mailbox, by, since);
    if (row.step()) found = row.id<Uid>(0);
  }
  if (found) claim_(mailbox, *found).finish();
  return found;
}

void SentCopyTable::record(MailboxId mailbox, Uid uid, By by, std::string_view likeness,
                           WallTime now) {
  forget_old(now);
  const IdHash hash = hash_of(likeness);
  record_(mailbox, uid,
          likeness.empty() ? std::span<const std::uint8_t>() : std::span<const std::uint8_t>(hash),
          now.time_since_epoch().count(), by)
      .finish();
}

void SentCopyTable::forget_old(WallTime now) {
  if (forgot_at_ && now >= *forgot_at_ && now < *forgot_at_ + look_again_after) return;
  forgot_at_ = now;
  forget_old_((now - remembered).time_since_epoch().count(),
              (now + remembered).time_since_epoch().count())
      .finish();
}

bool SentCopyTable::any(MailboxId mailbox) {
  return any_(mailbox).step();
}

void SentCopyTable::forget(MailboxId mailbox, Uid uid) {
  forget_(mailbox, uid).finish();
}

std::string SentCopyTable::likeness(std::string_view sort_keys, std::string_view parts) {
  const auto keys = wire::mime::SortKeys::decode(sort_keys);
  const auto structure = wire::mime::Structure::decode(parts);
  if (!keys || keys->message_id.empty() || !structure || structure->parts.empty()) return {};
  const wire::mime::Part& whole = structure->parts.front();
  return fmt::format("{}\n{}\n{}/{}", keys->message_id, keys->sent.value_or(0),
                     wire::mime::lower_case(whole.type), wire::mime::lower_case(whole.subtype));
}

std::string SentCopyTable::likeness(BodyId body) {
  auto row = keys_(body);
  if (!row.step()) return {};
  return likeness(row.octets(0), row.octets(1));
}

}  // namespace postern::store
