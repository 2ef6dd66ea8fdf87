// What is saved of an account's file of which single parts are lost, or say other things than the
// rest: each message once, with its octets, and none of them comes again from its provider.

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <utility>

#include "sync/store/damaged_file.h"
#include "sync/store/database.h"
#include "sync/store/salvage.h"
#include "sync/store/schema.h"
#include "sync/store/verification.h"
#include "tests/store/model.h"

namespace postern::store {
namespace {

namespace fs = std::filesystem;

constexpr auto nothing = [](const Progress&) {};
constexpr std::size_t page_octets = 16384;
constexpr int message_count = 120;

class SalvageContradictions : public StoreTest {
 protected:
  void SetUp() override {
    open();
    for (int i = 0; i < message_count; ++i) {
      if (i % 2 == 0) {
        EXPECT_TRUE(delivered(i).has_value());
      } else {
        ASSERT_TRUE(append("Archive", octets_of(i), {.system = 1, .keywords = {}}).has_value());
      }
    }
    remove("INBOX", uids({3, 4}));
    whole = model_of(*account);
    account.reset();
    Database database(file());
    database.run("UPDATE account SET generation = 0, generation_changed = 0");
  }

  [[nodiscard]] fs::path file() const { return folder.path() / "anna" / "mail.db"; }
  static std::string octets_of(int number) {
    return message(std::to_string(number),
                   noise(4000 + static_cast<std::size_t>(number) * 37) + std::to_string(number));
  }
  /// What the source brings, as a poll does: nothing if it is known.
  std::optional<Appended> delivered(int number) {
    return *write(*account, [&](Transaction& t) {
      NewBody arrived = body(octets_of(number));
      return t.deliver(t.source(key, true), id("INBOX"), arrived,
                       {.uidl = "u" + std::to_string(number)});
    });
  }
  void expect_nothing_new() {
    for (int i = 0; i < message_count; i += 2) EXPECT_FALSE(delivered(i).has_value()) << i;
  }

  void run(const char* sql) const {
    Database database(file());
    database.run(sql);
  }
  /// While the index is a table of its own, `shown(a, b, c)`, which the message's table does not
  /// know of.
  void without_index(const char* index, const char* sql) const {
    std::string before;
    {
      Database database(file());
      before = database.text(
          (std::string("SELECT sql FROM sqlite_schema WHERE name = '") + index + "'").c_str());
      database.run("PRAGMA writable_schema = ON");
      database.run((std::string("UPDATE sqlite_schema SET type = 'table', name = 'shown', tbl_name "
                                "= 'shown', sql = 'CREATE TABLE shown(a, b, c, PRIMARY KEY(a, b, "
                                "c)) WITHOUT ROWID' WHERE name = '") +
                    index + "'")
                       .c_str());
    }
    run(sql);
    Database database(file());
    database.run("PRAGMA writable_schema = ON");
    database.run((std::string("UPDATE sqlite_schema SET type = 'index', tbl_name = 'message', name "
                              "= '") +
                  index + "', sql = '" + before + "' WHERE name = 'shown'")
                     .c_str());
  }
  [[nodiscard]] std::uint32_t root(const char* name) const {
    Database database(file());
    return static_cast<std::uint32_t>(database.number(
        (std::string("SELECT rootpage FROM sqlite_schema WHERE name = '") + name + "'").c_str()));
  }
  void edit(const std::function<void(std::string&)>& change) const {
    run("PRAGMA wal_checkpoint(TRUNCATE)");
    std::ifstream in(file(), std::ios::binary);
    std::string octets{std::istreambuf_iterator<char>(in), {}};
    in.close();
    change(octets);
    std::ofstream(file(), std::ios::binary | std::ios::trunc) << octets;
  }
  void zero(const char* tree) const {
    const std::uint32_t page = root(tree);
    edit([page](std::string& octets) {
      octets.replace((page - 1) * page_octets, page_octets, page_octets, '\0');
    });
  }

  Salvaged repaired() {
    const auto saved = salvage(folder.path() / "anna", nothing);
    EXPECT_TRUE(saved.has_value()) << saved.error().text();
    const auto verified = verify(file(), nothing);
    EXPECT_TRUE(verified.has_value());
    for (const Finding& finding : verified->findings) ADD_FAILURE() << finding.what;
    open();
    return saved.value_or(Salvaged());
  }
  /// Every message is there once, under its UID; `flags`: and has its flags.
  enum class Flags : std::uint8_t { kept, lost };
  void expect_all(Flags flags = Flags::kept) {
    Model found = model_of(*account);
    Model wanted = whole;
    if (flags == Flags::lost)
      for (auto& [name, messages] : wanted.mailboxes)
        for (auto& [uid, one] : messages) one.flags = 0;
    EXPECT_TRUE(found.mailboxes == wanted.mailboxes);
    EXPECT_EQ(found.uid_next, wanted.uid_next);
  }

  Model whole;
};

TEST_F(SalvageContradictions, ABodyThatIsAnotherMessagesIsNotShown) {
  const char* const shown =
      "UPDATE shown SET a = a + 2 WHERE b = (SELECT id FROM mailbox WHERE name = 'INBOX') AND c = "
      "7";
  const char* const table =
      "UPDATE message SET body = body + 2 WHERE mailbox = (SELECT id FROM mailbox WHERE name = "
      "'Archive') AND uid = 9";
  for (const char* sql : {shown, table}) {
    without_index("message_by_body", sql);
    const Salvaged saved = repaired();
    EXPECT_EQ(saved.doubtful, 1U);
    EXPECT_EQ(saved.recovered + saved.bare + saved.lost.size() + saved.unknown, 0U);
    expect_all();
    account.reset();
  }
}

TEST_F(SalvageContradictions, WithoutTheIndexSizesTellBodies) {
  without_index("message_by_body",
                "UPDATE message SET body = body + 2 WHERE mailbox = (SELECT id FROM mailbox WHERE "
                "name = 'Archive') AND uid = 9");
  zero("message_by_body");
  const Salvaged saved = repaired();
  EXPECT_EQ(saved.doubtful, 1U);
  expect_all();
}

TEST_F(SalvageContradictions, AUidThatWasHitDoublesNothing) {
  const char* const inbox = "(SELECT id FROM mailbox WHERE name = 'INBOX')";
  for (const std::string& sql :
       {std::string("UPDATE message SET uid = uid + 64 WHERE mailbox = ") + inbox + " AND uid = 7",
        std::string("UPDATE message SET uid = 3 WHERE mailbox = ") + inbox + " AND uid = 7",
        std::string("UPDATE shown SET c = c + 64 WHERE b = ") + inbox + " AND c = 7",
        std::string("UPDATE shown SET c = 8 WHERE b = ") + inbox + " AND c = 7",
        std::string("UPDATE shown SET b = b + 4 WHERE b = ") + inbox + " AND c = 7"}) {
    SCOPED_TRACE(sql);
    without_index("message_by_body", sql.c_str());
    const Salvaged saved = repaired();
    EXPECT_EQ(saved.doubtful, 1U);
    EXPECT_TRUE(saved.all_saved());
    EXPECT_EQ(saved.recovered + saved.bare, 0U);
    expect_all();
    account.reset();
  }
}

TEST_F(SalvageContradictions, LostOriginsAreTakenFromTheirIndex) {
  zero("origin");
  const Salvaged saved = repaired();
  EXPECT_FALSE(saved.notes.empty());
  expect_all();
  EXPECT_TRUE(read(*account, [](Reader& reader) { return reader.source_record(key); })->relinking);
  expect_nothing_new();
}

TEST_F(SalvageContradictions, ALostSourceIsTakenFromItsIndex) {
  zero("source");
  static_cast<void>(repaired());
  expect_all();
  expect_nothing_new();
}

TEST_F(SalvageContradictions, MessagesOfASourceWithoutANameWaitForWhoseMaildropItIs) {
  zero("source");
  zero("sqlite_autoindex_source_1");
  static_cast<void>(repaired());
  expect_all();
  write(*account, [](Transaction& t) { static_cast<void>(t.adopt_source("lost-source-1", key)); });
  expect_nothing_new();
}

TEST_F(SalvageContradictions, LostRowsOfMessagesKeepTheirOrigins) {
  zero("message");
  const Salvaged saved = repaired();
  EXPECT_EQ(saved.bare, static_cast<std::uint64_t>(message_count - 2));
  expect_all(Flags::lost);
  expect_nothing_new();
}

TEST_F(SalvageContradictions, BareMessagesFindTheirOriginsByHash) {
  zero("message");
  zero("message_by_origin");
  const Salvaged saved = repaired();
  EXPECT_EQ(saved.bare, static_cast<std::uint64_t>(message_count - 2));
  expect_all(Flags::lost);
  expect_nothing_new();
}

/// A poll recognises them by these hashes, see engine::Absent.
TEST_F(SalvageContradictions, WhereNoIdIsLeftBodiesAreKnownToTheNextPoll) {
  zero("origin");
  zero("origin_by_uidl");
  const Salvaged saved = repaired();
  EXPECT_FALSE(saved.notes.empty());
  expect_all();
  EXPECT_TRUE(read(*account, [](Reader& reader) { return reader.source_record(key); })->relinking);
  const auto origins = read(*account, [](Reader& reader) { return reader.origins(key); });
  ASSERT_EQ(origins.size(), static_cast<std::size_t>(message_count / 2 - 2));
  std::vector<OriginId> ids;
  for (const Origin& origin : origins) {
    EXPECT_EQ(origin.uidl.front(), '\0');
    EXPECT_FALSE(origin.expunged);
    ids.push_back(origin.id);
  }
  const auto hashes = read(*account, [&](Reader& reader) { return reader.body_hashes(ids); });
  EXPECT_THAT(hashes, testing::Contains(body(octets_of(0)).digest().hash));
}

TEST_F(SalvageContradictions, MessagesOfWhichNothingIsLeftAreCounted) {
  edit([](std::string& octets) { octets.resize(8 * page_octets + 7000); });
  const Salvaged saved = repaired();
  EXPECT_FALSE(saved.all_saved());
  EXPECT_EQ(saved.messages, 0U);
  EXPECT_GE(saved.unknown, static_cast<std::uint64_t>(message_count - 2));
  EXPECT_THAT(saved.notes, testing::Contains(testing::HasSubstr("Archive")));
  account.reset();
  const auto again = salvage(folder.path() / "anna", nothing);
  EXPECT_TRUE(again.has_value() && again->all_saved());
}

TEST_F(SalvageContradictions, APointerThatWasHitLosesNothing) {
  const std::uint32_t chunks = root("body_chunk");
  for (const char* wrong : {"message", "mailbox", "body_by_hash", "body", "body_chunk", ""}) {
    SCOPED_TRACE(wrong);
    const bool sibling = std::string_view(wrong).empty();
    const std::uint32_t other = sibling ? 0 : root(wrong);
    edit([&](std::string& octets) {
      const std::size_t page = (chunks - 1) * page_octets;
      ASSERT_EQ(octets[page], 5) << "not an inner page of a table";
      const auto at = [&](std::size_t i) {
        const auto octet = [&](std::size_t place) {
          return static_cast<std::size_t>(static_cast<unsigned char>(octets[place]));
        };
        return page + (octet(page + 12 + 2 * i) << 8 | octet(page + 13 + 2 * i));
      };
      std::string pointer(4, '\0');
      for (std::size_t i = 0; i < 4; ++i) pointer[i] = static_cast<char>(other >> (24 - 8 * i));
      octets.replace(at(1), 4, sibling ? octets.substr(at(0), 4) : pointer);
    });
    const Salvaged saved = repaired();
    EXPECT_EQ(saved.messages, static_cast<std::uint64_t>(message_count - 2));
    EXPECT_TRUE(saved.all_saved());
    expect_all();
    account.reset();
  }
}

TEST_F(SalvageContradictions, NamesBecomePossible) {
  for (const char* sql : {"UPDATE mailbox SET name = 'INbOX' WHERE name = 'INBOX'",
                          "UPDATE mailbox SET name = CAST(x'417263680176' AS TEXT) "
                          "WHERE name = 'Archive'"}) {
    run(sql);
    EXPECT_FALSE(repaired().notes.empty());
    EXPECT_EQ(account->tree()->mailboxes.size(), 6U);
    EXPECT_NE(account->tree()->find("INBOX"), nullptr);
    account.reset();
  }
  open();
  EXPECT_NE(account->tree()->find("Arch_v"), nullptr);
  EXPECT_EQ(mailbox("INBOX")->latest()->size(), static_cast<std::size_t>(message_count / 2 - 2));
}

TEST_F(SalvageContradictions, ANameIsBelievedThatTheRestAgreesWith) {
  const std::uint32_t page = root("mailbox");
  for (const auto& [name, hit] : {std::pair("INBOX", "IOBOX"), std::pair("Archive", "Arahive")}) {
    edit([&](std::string& octets) {
      const std::size_t at = octets.find(name, (page - 1) * page_octets);
      ASSERT_LT(at, page * page_octets);
      octets.replace(at, std::string_view(hit).size(), hit);
    });
    static_cast<void>(repaired());
    expect_all();
    account.reset();
  }
}

TEST_F(SalvageContradictions, APageSizeThatWasHitIsNotBelieved) {
  edit([](std::string& octets) { octets[16] = 0x20; });
  EXPECT_TRUE(repaired().all_saved());
  expect_all();
}

TEST_F(SalvageContradictions, AFileOfALaterReleaseIsRefused) {
  run(("PRAGMA user_version = " + std::to_string(newest_schema() + 1)).c_str());
  const auto saved = salvage(folder.path() / "anna", nothing);
  ASSERT_FALSE(saved.has_value());
  EXPECT_THAT(saved.error().text(), testing::HasSubstr("later release"));
  run(("PRAGMA user_version = " + std::to_string(newest_schema())).c_str());
  open();
  expect_all();
}

TEST_F(SalvageContradictions, NumbersThatCannotBeAreRenewed) {
  for (const char* sql :
       {"UPDATE mailbox SET uid_validity = 0 WHERE name = 'INBOX'",
        "UPDATE mailbox SET uid_validity = uid_validity + (1 << 32) WHERE name = 'INBOX'",
        "UPDATE mailbox SET uid_next = uid_next + (1 << 33) WHERE name = 'INBOX'",
        "UPDATE mailbox SET mod_seq = -5 WHERE name = 'INBOX'"}) {
    SCOPED_TRACE(sql);
    run(sql);
    EXPECT_FALSE(repaired().notes.empty());
    EXPECT_EQ(model_of(*account).mailboxes, whole.mailboxes);
    EXPECT_EQ(mailbox("INBOX")->latest()->head().uid_next,
              Uid(static_cast<std::uint32_t>(message_count / 2 + 1)));
    account.reset();
  }
  run("UPDATE account SET uid_validity = uid_validity + (1 << 32)");
  static_cast<void>(repaired());
  account.reset();
  Database database(file());
  EXPECT_LT(database.number("SELECT uid_validity FROM account"), 1LL << 32);
  EXPECT_EQ(database.number("SELECT count(*) FROM mailbox WHERE uid_validity > "
                            "(SELECT uid_validity FROM account)"),
            0);
}

}  // namespace
}  // namespace postern::store
