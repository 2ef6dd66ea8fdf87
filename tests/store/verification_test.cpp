// What verifying says of an account's file that is not as it has to be.

#include <sqlite3.h>

#include "sync/store/database.h"
#include "sync/store/verification.h"
#include "tests/store/model.h"

namespace postern::store {
namespace {

constexpr auto nothing = [](const Progress&) {};

class Verify : public StoreTest {
 protected:
  void SetUp() override {
    open();
    ASSERT_TRUE(append("INBOX", message("one"), {.system = 1, .keywords = {"blue"}}).has_value());
    ASSERT_TRUE(append("INBOX", message("two", noise(300'000))).has_value());
    ASSERT_TRUE(append("Sent", message("three")).has_value());
    write(*account, [&](Transaction& t) {
      NewBody arrived = body(message("four"));
      static_cast<void>(t.deliver(t.source(key, true), id("INBOX"), arrived, {.uidl = "u4"}));
    });
    remove("INBOX", uids({1}));
    write(*account, [&](Transaction& t) {
      NewBody waiting = body(message("five"));
      NewBody filed = body(message("six"));
      EXPECT_TRUE(t.submit(
          waiting, {.outgoing = "example",
                    .sender = "a@example.org",
                    .parameters = "",
                    .recipients = {{.address = "b@example.net", .parameters = "", .answer = ""},
                                   {.address = "c@example.net", .parameters = "", .answer = ""}},
                    .message_id = ""}));
      EXPECT_TRUE(t.file_sent(filed, {}));
    });
  }
  [[nodiscard]] std::filesystem::path file() const { return folder.path() / "anna/mail.db"; }
  [[nodiscard]] Verified found() const {
    const auto verified = verify(file(), nothing);
    EXPECT_TRUE(verified.has_value()) << verified.error().text();
    return verified.value_or(Verified());
  }
  /// Changes the file behind the store's back.
  void change(const char* sql) {
    account.reset();
    Database database(file());
    database.run(sql);
  }
};

TEST_F(Verify, FindsNothingInARunningAccountAndReadsAllOfIt) {
  const Verified verified = found();
  for (const Finding& finding : verified.findings) ADD_FAILURE() << finding.what;
  EXPECT_EQ(verified.messages, 5U);
  EXPECT_GE(verified.bodies, 3U);
  EXPECT_GT(verified.octets, 300'000U);
}

struct Damage {
  const char* name;
  const char* sql;
  Finding::Kind kind;
  const char* words;
  const char* mailbox;
  std::uint32_t uid;
};

class Damages : public Verify, public testing::WithParamInterface<Damage> {};

TEST_P(Damages, AreFoundAndNamed) {
  change(GetParam().sql);
  const Verified verified = found();
  ASSERT_FALSE(verified.findings.empty());
  const Finding& first = verified.findings.front();
  EXPECT_EQ(first.kind, GetParam().kind) << first.what;
  EXPECT_THAT(first.what, testing::HasSubstr(GetParam().words));
  EXPECT_EQ(first.mailbox, GetParam().mailbox);
  EXPECT_EQ(first.uid.value, GetParam().uid);
}

using Kind = Finding::Kind;
constexpr std::array damages = {
    Damage{"Octets",
           "UPDATE body_chunk SET data = CAST(substr(data, 1, 900) || x'0102030405' || "
           "substr(data, 906) "
           "AS BLOB) WHERE id = (2 << 20) + 1",
           Kind::octets, "", "INBOX", 2},
    Damage{"MissingChunk", "DELETE FROM body_chunk WHERE id = (2 << 20) + 2", Kind::octets,
           "a chunk is missing", "INBOX", 2},
    Damage{"SurplusChunk", "INSERT INTO body_chunk VALUES ((3 << 20) + 7, x'00')", Kind::reference,
           "belongs to no body", "", 0},
    Damage{"Hash", "UPDATE body SET hash = zeroblob(32) WHERE id = 3", Kind::octets, "octets",
           "Sent", 1},
    Damage{"Envelope", "UPDATE body SET envelope = x'2829' WHERE id = 3", Kind::ready, "kept ready",
           "Sent", 1},
    Damage{"NoBody", "UPDATE message SET body = 99 WHERE uid = 2", Kind::reference, "body 99",
           "INBOX", 2},
    Damage{"Size", "UPDATE message SET octets = 5 WHERE uid = 2", Kind::reference, "size is 5",
           "INBOX", 2},
    Damage{"NoMailbox", "DELETE FROM mailbox WHERE name = 'Sent'", Kind::reference, "names mailbox",
           "", 1},
    Damage{"UidNext", "UPDATE mailbox SET uid_next = 2 WHERE name = 'INBOX'", Kind::reference,
           "next one", "INBOX", 2},
    Damage{"ModSeq", "UPDATE message SET mod_seq = 99 WHERE uid = 2", Kind::reference, "MODSEQ",
           "INBOX", 2},
    Damage{"Keyword", "UPDATE message SET keywords = 8 WHERE uid = 2", Kind::reference, "keyword",
           "INBOX", 2},
    Damage{"Expunged", "UPDATE expunged SET last = 2", Kind::reference, "expunged", "INBOX", 2},
    Damage{"Origin", "UPDATE message SET origin = NULL", Kind::reference, "held here", "", 0},
    Damage{"Tombstone", "UPDATE origin SET expunged = 1", Kind::reference, "but it is there",
           "INBOX", 3},
    Damage{"Reclaim", "INSERT INTO reclaim VALUES (77, 1, 1)", Kind::reference, "body 77", "", 0},
    Damage{"UidNextTooHigh", "UPDATE mailbox SET uid_next = 1 << 40 WHERE name = 'INBOX'",
           Kind::reference, "next UID of mailbox \"INBOX\"", "", 0},
    Damage{"UidValidityTooHigh",
           "UPDATE account SET uid_validity = 1 << 40;"
           "UPDATE mailbox SET uid_validity = 1 << 33 WHERE name = 'INBOX'",
           Kind::reference, "UIDVALIDITY of mailbox \"INBOX\"", "", 0},
    Damage{"UidValidityZero", "UPDATE mailbox SET uid_validity = 0 WHERE name = 'Sent'",
           Kind::reference, "UIDVALIDITY of mailbox \"Sent\"", "", 0},
    Damage{"UidValidityOfTheAccount", "UPDATE account SET uid_validity = 1 << 32", Kind::reference,
           "the account gave UIDVALIDITY 4294967296", "", 0},
    Damage{"ModSeqOfAMailbox", "UPDATE mailbox SET mod_seq = -1 WHERE name = 'Drafts'",
           Kind::reference, "MODSEQ of mailbox \"Drafts\"", "", 0},
    Damage{"NameForATerminal",
           "UPDATE mailbox SET uid_validity = 0, name = 'x' || char(27) || '[31m' || char(10) "
           "WHERE name = 'Drafts'",
           Kind::reference, "mailbox \"x\\", "", 0},
    Damage{"SortKeys",
           "UPDATE sort_key SET keys = (SELECT keys FROM sort_key WHERE body = 2) WHERE body = 3",
           Kind::ready, "sorted by", "Sent", 1},
    Damage{"ListedFields",
           "UPDATE listed_fields SET fields = (SELECT fields FROM listed_fields WHERE body = 2) "
           "WHERE body = 3",
           Kind::ready, "shown of it in lists", "Sent", 1},
    Damage{"QueuedMessage", "UPDATE submission SET uid = 77", Kind::reference,
           "message 1 waits to be sent, but is not in its mailbox", "", 0},
    Damage{"FewerRecipients", "DELETE FROM submission_recipient WHERE number = 0", Kind::reference,
           "other recipients", "Outbox", 1},
    Damage{"StateOfARecipient", "UPDATE submission_recipient SET state = 3 WHERE number = 1",
           Kind::reference, "no state that exists", "", 0},
    Damage{"RecipientsOfNothing", "DELETE FROM submission", Kind::reference,
           "recipients wait for message 1", "", 0},
    Damage{"SentCopy", "UPDATE sent_copy SET uid = 77", Kind::reference, "a copy of a sent message",
           "", 0},
    Damage{"Index",
           "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = "
           "'CREATE INDEX message_by_body ON message(octets)' WHERE name = 'message_by_body'",
           Kind::file, "message", "", 0},
};

INSTANTIATE_TEST_SUITE_P(All, Damages, testing::ValuesIn(damages),
                         [](const auto& damage) { return std::string(damage.param.name); });

TEST_F(Verify, OfAFileFromTheFutureSaysSo) {  // J8
  change("PRAGMA user_version = 99");
  const auto verified = verify(file(), nothing);
  ASSERT_FALSE(verified.has_value());
  EXPECT_THAT(verified.error().what, testing::HasSubstr("later release"));
}

TEST_F(Verify, OfNothingSaysSo) {
  const auto verified = verify(folder.path() / "nothing", nothing);
  ASSERT_FALSE(verified.has_value());
  EXPECT_THAT(verified.error().what, testing::HasSubstr("there is no file"));
}

TEST_F(Verify, OfSomethingElseIsAFinding) {
  account.reset();
  std::filesystem::resize_file(file(), 5000);
  EXPECT_FALSE(found().findings.empty());
}

}  // namespace
}  // namespace postern::store
