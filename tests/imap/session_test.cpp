#include <atomic>
#include <ctime>
#include <future>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "tests/imap/served.h"
#include "tests/support/transcript.h"

namespace postern::imap::test {
namespace {

using namespace std::chrono_literals;
using postern::test::LineClient;

std::string log_in(LineClient& client, const std::string& mailbox = "INBOX") {
  (void)client.line();
  (void)client.command("l LOGIN anna sesame");
  return client.command("s SELECT " + mailbox).back();
}

/// Folds to eighteen times as many characters, so that looking through it takes its time.
std::string long_text() {
  std::string text = "Subject: long\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n";
  while (text.size() < 4'000'000) text += "\ufdfa\ufdfa\ufdfa\ufdfa\ufdfa\ufdfa\r\n";
  return text;
}

TEST(Session, SaysByeWhenTheServerStops) {
  Served served;
  LineClient waiting(served.port());
  LineClient idling(served.port());
  log_in(waiting);
  log_in(idling);
  idling.send("i IDLE\r\n");
  EXPECT_EQ(idling.line(), "+ Idling");
  served.on_network([&] { served.server().stop(); });
  for (LineClient* client : {&waiting, &idling}) {
    EXPECT_EQ(client->line(), "* BYE [UNAVAILABLE] The server is stopping");
    EXPECT_EQ(client->line(), "<end>");
  }
  asio::co_spawn(served.io(), served.server().join(), asio::use_future).get();
}

TEST(Session, C15IsCutWhenNoCommandComesBeforeLogin) {
  Limits limits;
  limits.before_login = 200ms;
  Served served(limits);
  LineClient client(served.port());
  EXPECT_TRUE(client.line().starts_with("* OK"));
  client.send("a NOO");
  EXPECT_EQ(client.line(), "* BYE Too slow");
  EXPECT_EQ(client.line(), "<end>");
}

TEST(Session, C15IsCutWhenNoLoginComesHoweverBusyItIs) {
  Limits limits;
  limits.login = 300ms;
  Served served(limits);
  LineClient client(served.port());
  EXPECT_TRUE(client.line().starts_with("* OK"));
  std::string line;
  do {
    client.send("a NOOP\r\n");
    line = client.line();
  } while (line == "a OK NOOP completed");
  EXPECT_EQ(line, "* BYE Too slow");
  EXPECT_EQ(client.line(), "<end>");
}

/// RFC 9585.
TEST(Session, TellsHowFarLongWorkIs) {
  Limits limits;
  limits.progress_every = 0s;
  Served served(limits);
  served.deliver("INBOX", "Subject: x\r\n\r\ntext\r\n");
  LineClient client(served.port());
  log_in(client);
  const auto lines = client.command("s1 SEARCH BODY text");
  ASSERT_GE(lines.size(), 4U);
  EXPECT_EQ(lines[0], "* OK [INPROGRESS (\"s1\" NIL NIL)] Still at it");
  EXPECT_EQ(lines[lines.size() - 3], "* OK [INPROGRESS (\"s1\" 1 1)] Still at it");
  EXPECT_EQ(lines[lines.size() - 2], "* SEARCH 1");
}

TEST(Session, TellsThatItIsAtWorkWithoutInprogress) {
  Limits limits;
  limits.progress_every = 0s;
  limits.accounts["anna"].off = {config::Capability::in_progress};
  Served served(limits);
  served.deliver("INBOX", "Subject: x\r\n\r\ntext\r\n");
  LineClient client(served.port());
  log_in(client);
  EXPECT_EQ(client.command("s1 SEARCH BODY text").front(), "* OK Still at it");
}

/// C8: one long search after the other takes its turn, and neither other programs nor the end of
/// the server wait for the last of them.
TEST(Session, C8SearchesLetOthersInAndEndWithTheAccount) {
  Served served;
  served.deliver("INBOX", long_text());
  LineClient one(served.port());
  LineClient two(served.port());
  LineClient other(served.port());
  for (LineClient* client : {&one, &two, &other}) log_in(*client);
  for (LineClient* client : {&one, &two}) client->send("q SEARCH BODY nothing\r\n");
  EXPECT_EQ(other.command("f FETCH 1 ENVELOPE").back(), "f OK FETCH completed");
  served.account().close();
  for (LineClient* client : {&one, &two}) EXPECT_TRUE(client->line().starts_with("q NO "));
}

TEST(Session, C8ASearchEndsWhenItsProgramIsGone) {
  Served served;
  served.deliver("INBOX", long_text());
  {
    LineClient client(served.port());
    log_in(client);
    for (int doubled = 0; doubled < 10; ++doubled) client.command("c COPY 1:* INBOX");
  }
  for (const auto leave : {&LineClient::abort, &LineClient::finish}) {
    const auto begin = std::clock();
    {
      LineClient client(served.port());
      log_in(client);
      client.send("q SEARCH BODY nothing\r\n");
      (client.*leave)();
    }
    while (served.on_network([&] { return !served.server().sessions().empty(); }))
      std::this_thread::yield();
    // To look through all of them takes minutes.
    EXPECT_LT(std::clock() - begin, 20 * CLOCKS_PER_SEC);
  }
}

/// RFC 3501 section 6.3.11, RFC 3502, RFC 4469: what a command ends without is not stored in part.
TEST(Session, ALiteralThatNothingAskedForIsRefused) {
  Served served;
  served.deliver("INBOX", "Subject: 1\r\n\r\n");
  LineClient client(served.port());
  log_in(client);
  for (const char* line : {"a APPEND INBOX {5+}\r\nhello{6+}\r\nworld!",
                           "a REPLACE 1 INBOX {5+}\r\nhello{6+}\r\nworld!",
                           "a APPEND INBOX CATENATE (URL \"/INBOX/;UID=1\"){5+}\r\nhello",
                           "a REPLACE 1 INBOX CATENATE (URL \"/INBOX/;UID=1\"){5+}\r\nhello"})
    EXPECT_TRUE(client.command(line).back().starts_with("a BAD ")) << line;
  EXPECT_EQ(client.command("n UID SEARCH ALL").front(), "* SEARCH 1");
}

/// RFC 5466 section 3.1 and RFC 7377 section 2.2.
TEST(Session, AnUnknownFilterIsRefusedWhereNothingIsSelected) {
  Served served;
  LineClient client(served.port());
  (void)client.line();
  (void)client.command("l LOGIN anna sesame");
  for (const char* line : {"a ESEARCH IN (PERSONAL) RETURN (SAVE) FILTER nobody",
                           "a ESEARCH RETURN (SAVE) FILTER nobody"})
    EXPECT_TRUE(client.command(line).back().starts_with("a NO [UNDEFINED-FILTER ")) << line;
  EXPECT_EQ(client.command("n NOOP").back(), "n OK NOOP completed");
}

TEST(Session, AProgramThatSendsNothingMoreGetsItsAnswers) {
  Served served;
  served.deliver("INBOX", long_text());
  LineClient client(served.port());
  log_in(client);
  client.send("q SEARCH BODY nothing\r\n");
  client.finish();
  EXPECT_EQ(client.line(), "* OK Still at it");
  EXPECT_EQ(client.line(), "* SEARCH");
  EXPECT_EQ(client.line(), "q OK SEARCH completed");
}

/// C8: what a turn had to load again is made use of.
TEST(Session, C8ALongTextIsNotLoadedForEachPieceOfIt) {
  Served served;
  std::string text = "Subject: a log\r\n\r\n";
  while (text.size() < 8'400'000) text += "An ordinary line of a log, one of very many\r\n";
  served.deliver("INBOX", text);
  LineClient client(served.port());
  log_in(client);
  const auto begin = std::clock();
  EXPECT_EQ(client.command("q SEARCH BODY nothing").front(), "* SEARCH");
  EXPECT_LT(std::clock() - begin, 4 * CLOCKS_PER_SEC);
}

TEST(Session, C8TooManyTextsInOneSearchAreRefused) {
  Served served;
  LineClient client(served.port());
  log_in(client);
  const auto search = [&](const std::string& key, int count) {
    std::string keys;
    for (int i = 0; i < count; ++i) keys += " NOT " + key + " x";
    return client.command("q SEARCH" + keys).back();
  };
  EXPECT_EQ(search("BODY", 32), "q OK SEARCH completed");
  EXPECT_TRUE(search("TEXT", 33).starts_with("q NO [LIMIT] "));
  EXPECT_EQ(search("SUBJECT", 256), "q OK SEARCH completed");
  EXPECT_TRUE(search("SUBJECT", 257).starts_with("q NO [LIMIT] "));
}

TEST(Session, AFloodBehindByeDoesNotHoldTheSession) {
  Served served;
  LineClient client(served.port());
  (void)client.line();
  client.send("a LOGOUT\r\n");
  std::atomic<bool> over = false;
  std::thread flood([&] {
    const std::string octets(65536, 'x');
    while (!over) client.send(octets);
  });
  while (served.on_network([&] { return served.server().sessions().size(); }) != 0)
    std::this_thread::yield();
  over = true;
  flood.join();
}

TEST(Session, C15IsCutAfterIdleTimeAlsoInIdle) {
  Limits limits;
  limits.idle = 200ms;
  Served served(limits);
  LineClient client(served.port());
  log_in(client);
  client.send("i IDLE\r\n");
  EXPECT_EQ(client.line(), "+ Idling");
  EXPECT_EQ(client.line(), "* BYE Idle for too long");
  EXPECT_EQ(client.line(), "<end>");
}

TEST(Session, C18RefusesConnectionsOverTheLimits) {
  Limits limits;
  limits.connections_per_address = 2;
  Served served(limits);
  LineClient first(served.port());
  LineClient second(served.port());
  EXPECT_TRUE(first.line().starts_with("* OK"));
  EXPECT_TRUE(second.line().starts_with("* OK"));
  LineClient third(served.port());
  EXPECT_EQ(third.line(), "* BYE [UNAVAILABLE] Too many connections");
  EXPECT_EQ(third.line(), "<end>");
  EXPECT_EQ(first.command("a NOOP").back(), "a OK NOOP completed");
  EXPECT_EQ(second.command("a LOGOUT").back(), "a OK LOGOUT completed");
  EXPECT_EQ(second.line(), "<end>");
  // The place is free once the session's task has ended, which is after its connection.
  while (served.on_network([&] { return served.server().sessions().size(); }) != 1)
    std::this_thread::yield();
  LineClient fourth(served.port());
  EXPECT_TRUE(fourth.line().starts_with("* OK"));
}

TEST(Session, TellsWhatItKnowsOfItself) {
  Served served;
  LineClient client(served.port());
  (void)client.line();
  client.command("i ID (\"name\" \"Bad\\\"Mail\" \"version\" {3+}\r\n1\t2)");
  client.command("l LOGIN anna sesame");
  client.command("s SELECT Sent");
  const auto facts = served.on_network([&] { return served.server().sessions(); });
  ASSERT_EQ(facts.size(), 1U);
  EXPECT_TRUE(facts[0].peer.starts_with("127.0.0.1:"));
  EXPECT_EQ(facts[0].account, "anna");
  EXPECT_EQ(facts[0].mailbox, "Sent");
  EXPECT_EQ(facts[0].program, "Bad\"Mail 1?2");
  EXPECT_FALSE(facts[0].secure);
}

TEST(Session, AsksForAPollWhenInboxIsOpened) {
  Served served;
  LineClient client(served.port());
  log_in(client, "Sent");
  EXPECT_EQ(served.polls(), 0);
  client.command("t SELECT inbox");
  EXPECT_EQ(served.polls(), 1);
}

TEST(Session, TellsAnIdlingProgramOfDeliveredMail) {
  Served served;
  LineClient client(served.port());
  log_in(client);
  client.send("i IDLE\r\n");
  EXPECT_EQ(client.line(), "+ Idling");
  served.deliver("INBOX", "Subject: new\r\n\r\n");
  EXPECT_EQ(client.line(), "* 1 EXISTS");
  EXPECT_EQ(client.line(), "* 1 RECENT");
}

TEST(Session, C17AnswersAFloodInOrder) {
  Served served;
  LineClient client(served.port());
  log_in(client);
  constexpr int count = 20'000;
  std::thread sender([&] {
    std::string flood;
    for (int i = 0; i < count; ++i) flood += "n" + std::to_string(i) + " NOOP\r\n";
    client.send(flood);
  });
  int in_order = 0;
  while (in_order < count && client.line() == "n" + std::to_string(in_order) + " OK NOOP completed")
    ++in_order;
  sender.join();
  EXPECT_EQ(in_order, count);
}

TEST(Session, C4StopsManyLiterals) {
  Served served;
  LineClient client(served.port());
  log_in(client);
  std::string search = "a SEARCH";
  for (int i = 0; i < 1001; ++i) search += " TEXT {1+}\r\nx";
  client.send(search + "\r\n");
  EXPECT_TRUE(client.line().starts_with("* BYE [TOOBIG]"));
}

TEST(Session, C6AMessageThatIsCutOffIsNotThere) {
  Served served;
  {
    LineClient client(served.port());
    log_in(client);
    client.send("a APPEND INBOX {1000000+}\r\n" + std::string(500'000, 'x'));
    client.abort();
  }
  while (served.on_network([&] { return served.server().sessions().size(); }) != 0)
    std::this_thread::yield();
  LineClient client(served.port());
  log_in(client);
  EXPECT_EQ(client.command("s STATUS INBOX (MESSAGES)").front(), "* STATUS INBOX (MESSAGES 0)");
  EXPECT_TRUE(std::filesystem::is_empty(served.account().spool()));
}

std::string large_message(std::size_t octets) {
  std::string text = "Subject: large\r\n\r\n";
  for (std::size_t i = 0; text.size() < octets; ++i)
    text += "This is line " + std::to_string(i * 7919) + "\r\n";
  return text;
}

TEST(Session, C6ALargeMessageComesBackAsItWent) {
  Served served;
  LineClient client(served.port());
  log_in(client);
  const std::string message = large_message(10'000'000);
  std::thread sender([&] {
    client.send("a APPEND INBOX {" + std::to_string(message.size()) + "+}\r\n" + message + "\r\n");
  });
  std::string line;
  while (!(line = client.line()).starts_with("a ")) ASSERT_NE(line, "<end>");
  sender.join();
  EXPECT_TRUE(line.starts_with("a OK [APPENDUID")) << line;
  client.send("f FETCH 1 BODY.PEEK[]\r\n");
  EXPECT_EQ(client.line(), "* 1 FETCH (BODY[] {" + std::to_string(message.size()) + "}");
  EXPECT_TRUE(client.octets(message.size()) == message);
  EXPECT_EQ(client.line(), ")");
  EXPECT_EQ(client.line(), "f OK FETCH completed");
}

/// RFC 3502 section 6.3.11: however long it takes to make each of them ready.
TEST(Session, MessagesOfOneAppendKeepTheirOrder) {
  Served served;
  LineClient client(served.port());
  log_in(client);
  std::string command = "a APPEND INBOX";
  std::vector<std::string> messages;
  for (std::size_t i = 0; i < 40; ++i) {
    messages.push_back("Subject: " + std::to_string(i) + "\r\n\r\n" +
                       large_message(i % 3 == 0 ? 300'000 : 10 * i));
    command += i % 2 == 0 ? " (\\Flagged) {" : " (\\Draft) {";
    command += std::to_string(messages.back().size()) + "+}\r\n" + messages.back();
  }
  EXPECT_TRUE(client.command(command).back().starts_with("a OK [APPENDUID "));
  client.send("f FETCH 1:* (FLAGS BODY.PEEK[])\r\n");
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const std::string size = std::to_string(messages[i].size());
    EXPECT_EQ(client.line(), "* " + std::to_string(i + 1) + " FETCH (FLAGS (" +
                                 (i % 2 == 0 ? "\\Flagged" : "\\Draft") + " \\Recent) BODY[] {" +
                                 size + "}");
    EXPECT_TRUE(client.octets(messages[i].size()) == messages[i]) << i;
    EXPECT_EQ(client.line(), ")");
  }
}

TEST(Session, C16AReaderThatDoesNotReadIsCut) {
  Limits limits;
  limits.stalled = 300ms;
  Served served(limits);
  served.deliver("INBOX", large_message(30'000'000));
  LineClient stalled(served.port());
  log_in(stalled);
  stalled.send("f FETCH 1 BODY.PEEK[]\r\n");
  LineClient other(served.port());
  log_in(other);
  EXPECT_EQ(other.command("a NOOP").back(), "a OK NOOP completed");
  while (served.on_network([&] { return served.server().sessions().size(); }) != 1) {
    EXPECT_EQ(other.command("a NOOP").back(), "a OK NOOP completed");
  }
}

TEST(Session, C26WhatMailHoldsCannotBreakAnswers) {
  Served served;
  served.deliver("INBOX",
                 "Subject: =?utf-8?Q?a=0D=0A*_BYE_=22_=5C_{5}_)?=\r\n"
                 "From: \"x\\\"\\\\ {9}\" <a@example.org>\r\n"
                 "Content-Type: text/plain; name=\"){3}\"\r\n\r\nbody\r\n");
  LineClient client(served.port());
  log_in(client);
  const auto lines = client.command("f FETCH 1 (ENVELOPE BODYSTRUCTURE)");
  EXPECT_EQ(lines.back(), "f OK FETCH completed");
  for (const auto& line : lines) EXPECT_FALSE(line.starts_with("* BYE")) << line;
}

/// RFC 4469 section 4.2: what is put together has the bounds of what comes whole.
TEST(Session, CatenatesNoMoreThanAMessageMayHave) {
  Limits limits;
  limits.message = 300'000;
  Served served(limits);
  const std::string large = "Subject: large\r\n\r\n" + std::string(199'980, 'x');
  served.deliver("INBOX", large);
  LineClient client(served.port());
  log_in(client);
  EXPECT_TRUE(client.command("a APPEND Drafts CATENATE (URL ;UID=1 URL ;UID=1)")
                  .back()
                  .starts_with("a NO [TOOBIG]"));
  client.send("b APPEND Drafts CATENATE (URL ;UID=1 TEXT {100003}\r\n");
  EXPECT_TRUE(client.line().starts_with("b NO [TOOBIG]"));
  EXPECT_TRUE(
      client.command("c APPEND Drafts CATENATE (URL ;UID=1 URL ;UID=1/;PARTIAL=99998.100000)")
          .back()
          .starts_with("c OK"));
  EXPECT_TRUE(client.command("d SELECT Drafts").back().starts_with("d OK"));
  client.send("e FETCH 1 BODY.PEEK[]\r\n");
  EXPECT_EQ(client.line(), "* 1 FETCH (BODY[] {299998}");
  EXPECT_EQ(client.line(), "Subject: large");
  EXPECT_EQ(client.line(), "");
  EXPECT_EQ(client.line(), std::string(199'980 + 100'000, 'x') + ")");
  std::string parts;
  for (int i = 0; i < 1001; ++i) parts += " URL ;UID=1/;PARTIAL=0.1";
  EXPECT_TRUE(client.line().starts_with("e OK"));
  EXPECT_TRUE(client.command("f APPEND Drafts CATENATE (" + parts.substr(1) + ")")
                  .back()
                  .starts_with("f NO [LIMIT]"));
}

}  // namespace
}  // namespace postern::imap::test
