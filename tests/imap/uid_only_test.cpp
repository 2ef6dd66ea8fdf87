#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/capability.h"
#include "tests/imap/served.h"
#include "tests/support/transcript.h"

namespace postern::imap::test {
namespace {

using postern::test::LineClient;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Limits with_uid_only() {
  Limits limits;
  limits.accounts["anna"].on = {config::Capability::uid_only};
  return limits;
}

class UidOnly : public testing::Test {
 protected:
  UidOnly() {
    for (const char* subject : {"one", "two", "three"})
      served.deliver("INBOX", std::string("Subject: ") + subject + "\r\n\r\ntext\r\n");
    log_in(client);
    EXPECT_EQ(client.command("e ENABLE UIDONLY").front(), "* ENABLED UIDONLY");
  }

  void log_in(LineClient& who) {
    (void)who.line();
    EXPECT_THAT(who.command("l LOGIN anna sesame").back(), StartsWith("l OK"));
  }
  std::vector<std::string> select() { return client.command("s SELECT INBOX"); }
  /// As others do it.
  void expunge(const std::string& uid) {
    LineClient other(served.port());
    log_in(other);
    (void)other.command("s SELECT INBOX");
    (void)other.command("d UID STORE " + uid + " +FLAGS.SILENT (\\Deleted)");
    EXPECT_THAT(other.command("x EXPUNGE").back(), StartsWith("x OK"));
  }

  Served served{with_uid_only()};
  LineClient client{served.port()};
};

TEST(UidOnlyOffer, IsOffUnlessConfigured) {
  Served served;
  LineClient client(served.port());
  (void)client.line();
  EXPECT_THAT(client.command("l LOGIN anna sesame").back(), Not(HasSubstr("UIDONLY")));
  EXPECT_EQ(client.command("e ENABLE UIDONLY").front(), "* ENABLED");
}

/// RFC 9586 section 3.
TEST_F(UidOnly, RefusesSequenceNumbers) {
  EXPECT_THAT(select(), Not(Contains(HasSubstr("[UNSEEN"))));
  for (const char* command :
       {"FETCH 1 FLAGS", "FETCH $ FLAGS", "STORE 1 +FLAGS (\\Seen)", "COPY 1 Archive",
        "MOVE 1 Archive", "SEARCH ALL", "UID SEARCH 1:2", "UID SEARCH NOT (OR SEEN 3)",
        "SORT (ARRIVAL) UTF-8 ALL", "UID SORT (ARRIVAL) UTF-8 1", "THREAD REFERENCES UTF-8 ALL",
        "UID THREAD REFERENCES UTF-8 1:*", "REPLACE 1 INBOX {3+}\r\nabc"})
    EXPECT_THAT(client.command(std::string("a ") + command).back(),
                StartsWith("a BAD [UIDREQUIRED]"))
        << command;
  EXPECT_THAT(client.command("m SETMETADATA \"\" (/private/filters/values/x \"1:2\")").back(),
              StartsWith("m OK"));
  EXPECT_THAT(client.command("a UID SEARCH FILTER x").back(), StartsWith("a BAD [UIDREQUIRED]"));
  EXPECT_THAT(client.command("a UID SEARCH RETURN (SAVE) UID 2:3").back(), StartsWith("a OK"));
  EXPECT_EQ(client.command("a UID SEARCH $").front(), "* SEARCH 2 3");
}

TEST_F(UidOnly, AnswersWithUidsAlone) {
  EXPECT_THAT(select(), Contains("* 3 EXISTS"));
  EXPECT_THAT(
      client.command("a UID FETCH 2 (FLAGS RFC822.SIZE)"),
      ElementsAre("* 2 UIDFETCH (FLAGS (\\Recent) RFC822.SIZE 22)", "a OK FETCH completed"));
  EXPECT_THAT(client.command("a UID FETCH 2:3 UID"),
              ElementsAre("* 2 UIDFETCH (UID 2)", "* 3 UIDFETCH (UID 3)", "a OK FETCH completed"));
  EXPECT_THAT(client.command("a UID STORE 3 +FLAGS (\\Seen)"),
              ElementsAre("* 3 UIDFETCH (FLAGS (\\Seen \\Recent))", "a OK STORE completed"));
  expunge("1");
  EXPECT_THAT(client.command("a NOOP"), ElementsAre("* VANISHED 1", "a OK NOOP completed"));
  EXPECT_THAT(client.command("a UID MOVE 2 Archive"),
              ElementsAre(StartsWith("* OK [COPYUID "), "* VANISHED 2", "a OK MOVE completed"));
  EXPECT_EQ(client.command("a UID FETCH 3 UID").front(), "* 3 UIDFETCH (UID 3)");
}

/// RFC 9586 section 3, RFC 5267 section 4.3.1.
TEST(UidOnlyOffer, SearchesByNumberAreNotKeptUpToDateAnyMore) {
  Served served{with_uid_only()};
  LineClient client(served.port());
  (void)client.line();
  (void)client.command("l LOGIN anna sesame");
  (void)client.command("s SELECT INBOX");
  (void)client.command("u SEARCH RETURN (UPDATE) ALL");
  EXPECT_THAT(client.command("e ENABLE UIDONLY"), Contains(StartsWith("* NO [NOUPDATE \"u\"]")));
  served.deliver("INBOX", "Subject: x\r\n\r\n");
  EXPECT_THAT(client.command("n NOOP"), Not(Contains(HasSubstr("ESEARCH"))));
}

TEST_F(UidOnly, GoesWithNotifyAndQresync) {
  EXPECT_EQ(client.command("e ENABLE QRESYNC").back(), "e OK ENABLE completed");
  EXPECT_THAT(client.command("a SELECT INBOX (QRESYNC (1 1 1:3 (1 1)))").back(),
              StartsWith("a BAD [UIDREQUIRED]"));
  (void)select();
  EXPECT_THAT(client
                  .command("n NOTIFY SET (SELECTED (MessageNew (UID RFC822.SIZE) MessageExpunge "
                           "FlagChange))")
                  .back(),
              "n OK NOTIFY completed");
  served.deliver("INBOX", "Subject: x\r\n\r\ntext\r\n");
  EXPECT_EQ(client.line(), "* 4 EXISTS");
  EXPECT_EQ(client.line(), "* 4 RECENT");
  EXPECT_THAT(client.line(), StartsWith("* 4 UIDFETCH (RFC822.SIZE 20 MODSEQ ("));
  expunge("1");
  // That it was marked is told if there was time for it.
  std::string line = client.line();
  if (line.starts_with("* 1 UIDFETCH (FLAGS (\\Deleted")) line = client.line();
  EXPECT_EQ(line, "* VANISHED 1");
}

}  // namespace
}  // namespace postern::imap::test
