#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/imap/served.h"
#include "tests/support/transcript.h"

namespace postern::imap::test {
namespace {

using postern::test::LineClient;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

void log_in(LineClient& client) {
  (void)client.line();
  ASSERT_THAT(client.command("l LOGIN anna sesame").back(), StartsWith("l OK"));
}

void watch(LineClient& client) {
  const std::string answer =
      client.command("n NOTIFY SET (PERSONAL (MessageNew MessageExpunge))").back();
  ASSERT_EQ(answer, "n OK NOTIFY completed");
}

constexpr const char* message = "Subject: x\r\n\r\ntext\r\n";

/// RFC 5465 sections 3.1 and 5.2.
TEST(NotifySession, ManyHearOfOneMessage) {
  Served served;
  std::vector<LineClient> clients;
  for (int i = 0; i < 50; ++i) {
    clients.emplace_back(served.port());
    log_in(clients.back());
    watch(clients.back());
  }
  served.deliver("Archive", message);
  for (LineClient& client : clients)
    EXPECT_THAT(client.line(), StartsWith("* STATUS Archive (MESSAGES 1 UIDNEXT 2 UIDVALIDITY "));
}

TEST(NotifySession, NewsDoNotStandInTheMiddleOfACommand) {
  Served served;
  LineClient client(served.port());
  log_in(client);
  watch(client);
  client.send("a LIST \"\" ");
  served.deliver("Archive", message);
  client.send("Archive\r\n");
  std::vector<std::string> lines = client.command("b NOOP");
  std::erase(lines, "* LIST (\\HasNoChildren \\Archive) \"/\" Archive");
  EXPECT_THAT(lines, ElementsAre(StartsWith("* STATUS Archive (MESSAGES 1 "), "a OK LIST completed",
                                 "b OK NOOP completed"));
}

TEST(NotifySession, SaysByeToThoseWhoWaitForNews) {
  Served served;
  LineClient client(served.port());
  log_in(client);
  watch(client);
  served.deliver("Archive", message);
  EXPECT_THAT(client.line(), StartsWith("* STATUS Archive"));
  served.on_network([&] { served.server().stop(); });
  EXPECT_EQ(client.line(), "* BYE [UNAVAILABLE] The server is stopping");
  EXPECT_EQ(client.line(), "<end>");
  asio::co_spawn(served.io(), served.server().join(), asio::use_future).get();
}

/// RFC 5465 section 3.1 and RFC 7162 section 3.2: what a program does not want to hear of it does
/// not lose.
TEST(NotifySession, FlagsThatArePassedOverAreToldOnceTheyAreWanted) {
  Served served;
  for (int i = 0; i < 2; ++i) served.deliver("INBOX", message);
  LineClient client(served.port());
  LineClient other(served.port());
  log_in(client);
  log_in(other);
  (void)client.command("e ENABLE QRESYNC");
  (void)client.command("s SELECT INBOX");
  (void)other.command("s SELECT INBOX");
  ASSERT_EQ(client.command("n NOTIFY SET (SELECTED (MessageNew MessageExpunge))").back(),
            "n OK NOTIFY completed");
  (void)other.command("e ENABLE CONDSTORE");
  const std::string told = other.command("f FETCH 1 MODSEQ").front();
  ASSERT_THAT(told, HasSubstr("MODSEQ ("));
  const auto mod_seq = std::stoul(told.substr(told.find("MODSEQ (") + 8));
  (void)other.command("g STORE 1 +FLAGS (\\Seen)");
  (void)other.command("h STORE 2 +FLAGS (\\Deleted)");
  (void)other.command("x EXPUNGE");
  EXPECT_EQ(client.line(), "* VANISHED 2");
  // Nobody says that all up to the end of the second message is known.
  for (const std::string& line : client.command("a NOOP")) {
    const auto at = line.find("HIGHESTMODSEQ ");
    if (at != std::string::npos) EXPECT_LE(std::stoul(line.substr(at + 14)), mod_seq + 1) << line;
  }
  const auto lines =
      client.command("n NOTIFY SET (SELECTED (MessageNew MessageExpunge FlagChange))");
  EXPECT_THAT(lines.front(), StartsWith("* 1 FETCH (UID 1 FLAGS (\\Seen"));
  EXPECT_EQ(lines.back(), "n OK NOTIFY completed");
}

/// RFC 5465 section 3.1: what was not told while it was selected is told of it as of the others.
TEST(NotifySession, AMailboxThatIsLeftWithNewsIsToldOf) {
  Served served;
  LineClient client(served.port());
  log_in(client);
  (void)client.command("s SELECT Archive");
  watch(client);
  served.deliver("Archive", message);
  EXPECT_THAT(client.command("a NOOP"), ElementsAre("a OK NOOP completed"));
  const auto lines = client.command("u UNSELECT");
  EXPECT_THAT(lines.front(), StartsWith("* STATUS Archive (MESSAGES 1 "));
  EXPECT_EQ(lines.back(), "u OK UNSELECT completed");
}

/// RFC 8437 section 3.
TEST(NotifySession, EndsWithTheLogin) {
  Served served;
  LineClient client(served.port());
  log_in(client);
  watch(client);
  EXPECT_EQ(client.command("u UNAUTHENTICATE").back(), "u OK UNAUTHENTICATE completed");
  served.deliver("Archive", message);
  EXPECT_THAT(client.command("a NOOP"), ElementsAre("a OK NOOP completed"));
  ASSERT_THAT(client.command("l LOGIN anna sesame").back(), StartsWith("l OK"));
  served.deliver("Archive", message);
  EXPECT_THAT(client.command("b NOOP"), ElementsAre("b OK NOOP completed"));
}

/// RFC 5465 section 3.1.
TEST(NotifySession, TooManyNamesAreRefused) {
  Served served;
  LineClient client(served.port());
  log_in(client);
  std::string names = "m0";
  for (int i = 1; i < 1000; ++i) names += " m" + std::to_string(i);
  const auto notify = [&](const std::string& all) {
    return client.command("n NOTIFY SET (MAILBOXES (" + all + ") (MailboxName))").back();
  };
  EXPECT_EQ(notify(names), "n OK NOTIFY completed");
  EXPECT_THAT(notify(names + " one"), StartsWith("n NO [NOTIFICATIONOVERFLOW]"));
  // What was asked for before that stands.
  LineClient other(served.port());
  log_in(other);
  EXPECT_THAT(other.command("c CREATE m7").back(), StartsWith("c OK"));
  EXPECT_EQ(client.line(), "* LIST (\\HasNoChildren) \"/\" m7");
}

/// Of mailboxes that are open elsewhere or nowhere, and of one that is gone before it is told of.
TEST(NotifySession, OfAMailboxThatIsGoneNothingIsTold) {
  Served served;
  LineClient client(served.port());
  log_in(client);
  watch(client);
  LineClient other(served.port());
  log_in(other);
  EXPECT_THAT(other.command("c CREATE Short").back(), StartsWith("c OK"));
  client.send("i IDLE\r\n");
  EXPECT_EQ(client.line(), "+ Idling");
  other.send("d APPEND Short {3+}\r\nabc\r\ne DELETE Short\r\nf APPEND Archive {3+}\r\nabc\r\n");
  for (int i = 0; i < 3; ++i) EXPECT_NE(other.line().find(" OK "), std::string::npos);
  std::string line = client.line();
  if (line.starts_with("* STATUS Short (MESSAGES 1 ")) line = client.line();
  EXPECT_THAT(line, StartsWith("* STATUS Archive (MESSAGES 1 "));
}

}  // namespace
}  // namespace postern::imap::test
