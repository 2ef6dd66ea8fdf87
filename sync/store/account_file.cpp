#include "sync/store/account_file.h"

#include <chrono>
#include <utility>

#include "sync/store/body_table.h"
#include "sync/store/database.h"
#include "sync/store/read_transaction.h"
#include "sync/store/schema.h"

namespace postern::store {

namespace {

/// What one transaction reads: it keeps the log from being used again for so long.
constexpr auto batch_time = std::chrono::milliseconds(200);

}  // namespace

struct AccountFile::Parts {
  explicit Parts(const std::filesystem::path& file) : database(file) {
    database.configure(Database::Access::read);
    if (schema_of(database) == 0)
      throw StoreFailure(FailureKind::corrupt, file.string() + " has lost its content");
  }

  Database database;
  BodyReader bodies{database};
  Statement select_mailboxes{
      database,
      "SELECT id, name, uid_validity, mod_seq, "
      "(SELECT count(*) FROM message WHERE message.mailbox = mailbox.id), "
      "(SELECT coalesce(sum(octets), 0) FROM message WHERE message.mailbox = mailbox.id) "
      "FROM mailbox ORDER BY name"};
  Statement select_keywords{database, "SELECT bit, name FROM keyword WHERE mailbox = ?"};
  Statement select_messages{database,
                            "SELECT uid, body, octets, flags, keywords, date, zone FROM message "
                            "WHERE mailbox = ? ORDER BY uid"};
  Statement there{database, "SELECT 1 FROM message WHERE mailbox = ? AND uid = ?"};
};

AccountFile::AccountFile(const std::filesystem::path& file)
    : parts_(std::make_unique<Parts>(file)) {}
AccountFile::~AccountFile() = default;

std::vector<AccountFile::Mailbox> AccountFile::mailboxes() {
  const ReadTransaction reading(parts_->database);
  std::vector<Mailbox> found;
  for (auto row = parts_->select_mailboxes(); row.step();) {
    found.push_back({.id = row.id<MailboxId>(0),
                     .name = std::string(row.octets(1)),
                     .uid_validity = row.id<UidValidity>(2),
                     .mod_seq = row.id<ModSeq>(3),
                     .messages = row.number<std::uint64_t>(4),
                     .octets = row.number<std::uint64_t>(5),
                     .keywords = {}});
  }
  for (Mailbox& mailbox : found) {
    for (auto row = parts_->select_keywords(mailbox.id); row.step();) {
      const auto bit = row.number<std::size_t>(0);
      if (bit >= 64) continue;
      if (mailbox.keywords.size() <= bit) mailbox.keywords.resize(bit + 1);
      mailbox.keywords[bit] = row.octets(1);
    }
  }
  return found;
}

std::vector<AccountFile::Message> AccountFile::messages(MailboxId mailbox) {
  const ReadTransaction reading(parts_->database);
  std::vector<Message> found;
  for (auto row = parts_->select_messages(mailbox); row.step();) {
    found.push_back(
        {.uid = row.id<Uid>(0),
         .body = row.id<BodyId>(1),
         .octets = row.number<std::uint64_t>(2),
         .flags = {.keywords = row.number<std::uint64_t>(4), .system = row.number<std::uint8_t>(3)},
         .date = {row.integer(5), row.number<std::int16_t>(6)}});
  }
  return found;
}

std::size_t AccountFile::each(MailboxId mailbox, const std::vector<Message>& messages,
                              const std::function<void(const Message&)>& visit) {
  std::size_t gone = 0;
  for (auto next = messages.begin(); next != messages.end();) {
    const ReadTransaction reading(parts_->database);
    const auto begun = std::chrono::steady_clock::now();
    while (next != messages.end() && std::chrono::steady_clock::now() - begun < batch_time) {
      // A UID is never given twice, and a body that is named is there.
      if (parts_->there(mailbox, next->uid).step()) {
        visit(*next);
      } else {
        ++gone;
      }
      ++next;
    }
  }
  return gone;
}

void AccountFile::read(BodyId body, std::uint64_t offset, std::uint64_t count, std::string& out) {
  parts_->bodies.read(body, offset, count, out);
}

}  // namespace postern::store
