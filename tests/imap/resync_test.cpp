#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/imap/served.h"
#include "tests/support/transcript.h"

namespace postern::imap::test {
namespace {

using postern::test::LineClient;
using Lines = std::vector<std::string>;

/// The number behind "[NAME " in an answer to SELECT.
std::string told(const Lines& lines, const std::string& name) {
  for (const std::string& line : lines) {
    const std::size_t at = line.find("[" + name + " ");
    if (at == std::string::npos) continue;
    const std::size_t begin = at + name.size() + 2;
    return line.substr(begin, line.find(']', begin) - begin);
  }
  return {};
}

/// What an answer to SELECT tells of changes.
Lines changes(const Lines& lines) {
  Lines found;
  for (const std::string& line : lines) {
    if (line.find("VANISHED") != std::string::npos || line.find(" FETCH ") != std::string::npos)
      found.push_back(line);
  }
  return found;
}

/// RFC 7162 section 3.2.5: five messages are known, then the second gets a flag, the fourth goes
/// and a sixth comes.
class Resync : public testing::Test {
 protected:
  Resync() {
    for (int i = 0; i < 5; ++i) served_.deliver("INBOX", "Subject: x\r\n\r\ntext\r\n");
    LineClient before(served_.port());
    (void)before.line();
    (void)before.command("l LOGIN anna sesame");
    const Lines selected = before.command("s SELECT INBOX");
    validity_ = told(selected, "UIDVALIDITY");
    mod_seq_ = told(selected, "HIGHESTMODSEQ");
    (void)before.command("a STORE 2 FLAGS (\\Seen)");
    (void)before.command("b STORE 4 FLAGS (\\Deleted)");
    (void)before.command("c EXPUNGE");
    (void)before.command("d CLOSE");
    served_.deliver("INBOX", "Subject: y\r\n\r\ntext\r\n");
    (void)again_.line();
    (void)again_.command("l LOGIN anna sesame");
    (void)again_.command("e ENABLE QRESYNC");
  }
  Lines select(const std::string& known) {
    return again_.command(fmt::format("s SELECT INBOX (QRESYNC ({}))", known));
  }

  Served served_;
  std::string validity_;
  std::string mod_seq_;
  LineClient again_{served_.port()};
};

TEST_F(Resync, TellsAllThatHappenedSince) {
  const Lines lines = select(validity_ + " " + mod_seq_);
  EXPECT_TRUE(lines.back().starts_with("s OK")) << lines.back();
  const Lines told_changes = changes(lines);
  ASSERT_EQ(told_changes.size(), 3U);
  EXPECT_EQ(told_changes[0], "* VANISHED (EARLIER) 4");
  EXPECT_TRUE(told_changes[1].starts_with("* 2 FETCH (UID 2 FLAGS (\\Seen) MODSEQ ("));
  EXPECT_TRUE(told_changes[2].starts_with("* 5 FETCH (UID 6 FLAGS ("));
  // What is told comes before the answer, and all of it is in where the mailbox stands.
  const std::string highest = told(lines, "HIGHESTMODSEQ");
  EXPECT_EQ(changes(select(validity_ + " " + highest)), Lines());
}

TEST_F(Resync, TellsOnlyOfWhatTheProgramKnows) {
  EXPECT_EQ(changes(select(validity_ + " " + mod_seq_ + " 1,3:5")),
            (Lines{"* VANISHED (EARLIER) 4"}));
  const Lines some = changes(select(validity_ + " " + mod_seq_ + " 1:3"));
  ASSERT_EQ(some.size(), 1U);
  EXPECT_TRUE(some[0].starts_with("* 2 FETCH (UID 2 "));
  EXPECT_EQ(changes(select(validity_ + " " + mod_seq_ + " 4 (1:3 1:3)")),
            (Lines{"* VANISHED (EARLIER) 4"}));
}

TEST_F(Resync, OfAnotherMailboxNothingIsKnown) {
  const Lines lines = select("1 " + mod_seq_);
  EXPECT_TRUE(lines.back().starts_with("s OK"));
  EXPECT_EQ(changes(lines), Lines());
}

/// What happens while the mailbox is being opened is told as soon as it may be.
TEST_F(Resync, AfterwardsChangesGoOn) {
  (void)select(validity_ + " " + mod_seq_);
  LineClient other(served_.port());
  (void)other.line();
  (void)other.command("l LOGIN anna sesame");
  (void)other.command("s SELECT INBOX");
  (void)other.command("a STORE 1 +FLAGS (\\Deleted)");
  (void)other.command("b EXPUNGE");
  const Lines lines = again_.command("n NOOP");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], "* VANISHED 1");
  EXPECT_TRUE(lines[1].starts_with("n OK [HIGHESTMODSEQ "));
}

}  // namespace
}  // namespace postern::imap::test
