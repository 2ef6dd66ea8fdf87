#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/upstream/pop3_window.h"
#include "tests/upstream/pop3_fixture.h"

namespace postern::upstream {
namespace {

using testing::ElementsAre;

TEST_F(Pop3SessionTest, FetchesMessagesAsTheyAre) {  // RFC 1939 section 5
  serve();
  dele = {2};
  const Course course = run();
  EXPECT_FALSE(course.refused) << course.refused->words;
  EXPECT_FALSE(course.lost);
  EXPECT_THAT(sink.messages,
              ElementsAre("Subject: 1\r\n\r\none\r\n", "Subject: 2\r\n\r\n.two\r\n"));
  EXPECT_EQ(course.listing.reliability, wire::pop3::Reliability::complete);
  EXPECT_EQ(course.removed, 1U);
  EXPECT_EQ(server->maildrop.size(), 1U);
  EXPECT_EQ(server->quits, 1U);
}

TEST_F(Pop3SessionTest, KeepsOneCommandInFlightWithoutPipelining) {  // D3
  serve();
  server->quirks.capa = {"USER", "UIDL"};
  for (int i = 0; i < 20; ++i) server->maildrop.push_back({"x" + std::to_string(i), "t\r\n"});
  dele = {1, 2, 3};
  EXPECT_FALSE(run().refused);
  EXPECT_EQ(server->most_in_flight, 1U);
  EXPECT_EQ(sink.messages.size(), 22U);
}

TEST_F(Pop3SessionTest, SendsAheadWithPipelining) {  // RFC 2449 section 6.6
  serve();
  for (int i = 0; i < 1000; ++i) server->maildrop.push_back({"x" + std::to_string(i), "t\r\n"});
  EXPECT_FALSE(run().refused);
  EXPECT_GT(server->most_in_flight, 50U);
  EXPECT_LE(server->most_in_flight, Pop3Window::most_commands);
  EXPECT_EQ(sink.messages.size(), 1002U);
}

TEST(Pop3WindowTest, IsBoundedByOctets) {
  constexpr std::uint64_t half = Pop3Window::most_octets / 2;
  Pop3Window window;
  window.sent(half);
  EXPECT_TRUE(window.open());
  window.sent(half);
  EXPECT_FALSE(window.open());
  EXPECT_FALSE(window.wants_more());
  window.answered(half);
  EXPECT_TRUE(window.wants_more());
}

TEST(Pop3WindowTest, TakesAMessageOfAnySizeAlone) {
  Pop3Window window;
  window.sent(100 * Pop3Window::most_octets);
  EXPECT_FALSE(window.open());
  window.answered(100 * Pop3Window::most_octets);
  EXPECT_TRUE(window.empty());
  EXPECT_TRUE(window.open());
}

TEST_F(Pop3SessionTest, UsesTheCapabilitiesFromAfterTheLogin) {
  serve();
  server->quirks.capa = {"USER"};
  server->quirks.capa_after_login = {"UIDL", "PIPELINING"};
  for (int i = 0; i < 20; ++i) server->maildrop.push_back({"x" + std::to_string(i), "t\r\n"});
  EXPECT_FALSE(run().refused);
  EXPECT_GT(server->most_in_flight, 1U);
}

TEST_F(Pop3SessionTest, TellsWhyItWasRefused) {
  struct {
    const char* name;
    std::string command;  ///< empty: the greeting
    std::string answer;
    Refusal expected;
    bool certain;
    bool auth_resp_code = false;
  } const rows[] = {
      {"D16: AUTH", "PASS", "-ERR [AUTH] no\r\n", Refusal::auth, true},
      {"no reason", "PASS", "-ERR no\r\n", Refusal::auth, false},
      {"RFC 3206 section 6: it need not be the credentials", "PASS", "-ERR no\r\n", Refusal::auth,
       false, true},
      {"D15: IN-USE", "PASS", "-ERR [IN-USE] x\r\n", Refusal::in_use, true},
      {"D15: IN-USE as the greeting", "", "-ERR [IN-USE] x\r\n", Refusal::in_use, true},
      {"D15: LOGIN-DELAY", "PASS", "-ERR [LOGIN-DELAY] x\r\n", Refusal::throttled, true},
      {"D15: SYS/TEMP", "PASS", "-ERR [SYS/TEMP] x\r\n", Refusal::sys_temp, true},
      {"D16: SYS/PERM", "PASS", "-ERR [SYS/PERM] x\r\n", Refusal::sys_perm, true},
      {"a refused name", "USER", "-ERR who\r\n", Refusal::auth, false},
      {"the greeting makes no sense", "", "220 smtp.example.net\r\n", Refusal::protocol, false},
      {"D12: an endless greeting", "", "+OK " + std::string(20'000, 'x'), Refusal::protocol, false},
      {"UIDL fails once", "UIDL", "-ERR [SYS/TEMP] later\r\n", Refusal::sys_temp, true},
      {"D12: an endless line in UIDL", "UIDL", "+OK\r\n" + std::string(20'000, '1'),
       Refusal::protocol, false},
      {"a RETR that makes no sense", "RETR", "250 ok\r\n", Refusal::protocol, false},
  };
  for (const auto& row : rows) {
    serve();
    if (row.auth_resp_code) server->quirks.capa.emplace_back("AUTH-RESP-CODE");
    if (row.command.empty()) {
      server->quirks.greeting = row.answer;
    } else {
      server->quirks.instead[row.command] = row.answer;
    }
    const Course course = run();
    ASSERT_TRUE(course.refused) << row.name;
    EXPECT_EQ(course.refused->kind, row.expected) << row.name;
    EXPECT_EQ(course.refused->certain, row.certain) << row.name;
    EXPECT_EQ(server->quits, 0U) << row.name;
  }
}

TEST_F(Pop3SessionTest, GoesOnAfterTheRefusalOfOneMessage) {  // D19: vanish
  serve();
  server->quirks.instead["RETR 1"] = "-ERR gone\r\n";
  EXPECT_FALSE(run().refused);
  EXPECT_THAT(sink.messages, ElementsAre("Subject: 2\r\n\r\n.two\r\n"));
  EXPECT_THAT(sink.refusals, ElementsAre("0 gone"));
}

TEST_F(Pop3SessionTest, ToleratesSloppyAnswers) {  // D22
  serve();
  server->quirks.capa = {"uidl"};
  server->quirks.greeting = "+ok\n";
  server->quirks.instead = {{"STAT", "+OK   2    36\n"},
                            {"LIST", "+ok\n1   17 \n2 19\n.\n"},
                            {"UIDL", "+OK\n1    a\n2 b  \n.\n"}};
  const Course course = run();
  EXPECT_FALSE(course.refused);
  EXPECT_EQ(course.listing.reliability, wire::pop3::Reliability::complete) << course.listing.flaw;
  EXPECT_EQ(sink.messages.size(), 2U);
}

TEST_F(Pop3SessionTest, NeverTakesAMessageForAnother) {  // D13, D22
  struct {
    const char* name;
    std::vector<std::string> capa;
    std::string command;  ///< whose answer is wrong
    std::string answer;
    Refusal expected;
    std::size_t messages;  ///< that came before
  } const rows[] = {
      {"no terminator, pipelined", {"PIPELINING"}, "RETR 2", "+OK\r\nno end", Refusal::doubtful, 1},
      {"terminator within, pipelined",
       {"PIPELINING"},
       "RETR 2",
       "+OK\r\nSubject: 2\r\n\r\n.\r\ntwo\r\n.\r\n",
       Refusal::doubtful,
       1},
      {"an answer too many, pipelined",
       {"PIPELINING"},
       "RETR 2",
       "+OK\r\n+OK\r\nx\r\n.\r\n",
       Refusal::doubtful,
       1},
      {"terminator within",
       {"UIDL"},
       "RETR 2",
       "+OK\r\nSubject: 2\r\n\r\n.\r\ntwo\r\n.\r\n",
       Refusal::protocol,
       1},
      {"terminator within the last",
       {"UIDL"},
       "RETR 4",
       "+OK\r\na\r\n.\r\ntwo\r\n.\r\n",
       Refusal::protocol,
       3},
      {"an answer too many",
       {"UIDL"},
       "RETR 1",
       "+OK\r\none\r\n.\r\n+OK extra\r\n",
       Refusal::protocol,
       0},
  };
  for (const auto& row : rows) {
    serve();
    server->maildrop.push_back({"c", "Subject: 3\r\n\r\n"});
    server->maildrop.push_back({"d", "Subject: 4\r\n\r\n"});
    server->quirks.capa = row.capa;
    server->quirks.instead[row.command] = row.answer;
    sink = Gather();
    const Course course = run();
    ASSERT_TRUE(course.refused) << row.name;
    EXPECT_EQ(course.refused->kind, row.expected) << row.name << ": " << course.refused->words;
    EXPECT_EQ(sink.messages.size(), row.messages) << row.name;
    EXPECT_EQ(server->quits, 0U) << row.name;
  }
}

TEST_F(Pop3SessionTest, FetchesOneAtATimeWhereSizesAreWrong) {  // D10
  for (const char* sizes : {"1 1017\r\n2 1019\r\n", "1 0\r\n2 0\r\n", "1 -5\r\n2 -5\r\n",
                            "1 many\r\n2\r\n", "1 9223372036854775807\r\n2 1\r\n"}) {
    memory.sizes = Pop3Memory::Sizes::doubted;
    serve();
    sink = Gather();
    server->quirks.instead["LIST"] = std::string("+OK\r\n") + sizes + ".\r\n";
    EXPECT_FALSE(run().refused) << sizes;
    EXPECT_EQ(sink.messages.size(), 2U) << sizes;
    EXPECT_EQ(server->count("NOOP"), 1U) << sizes;  // shows that the last one was whole
  }
}

TEST_F(Pop3SessionTest, LearnsThatSizesAreWrong) {  // D10
  for (const auto expected : {Pop3Memory::Sizes::believed, Pop3Memory::Sizes::doubted}) {
    EXPECT_EQ(memory.sizes, expected);
    serve();
    sink = Gather();
    server->quirks.instead["LIST"] = "+OK\r\n1 7\r\n2 7\r\n.\r\n";
    const Course course = run();
    const bool known = expected == Pop3Memory::Sizes::doubted;
    EXPECT_EQ(!course.refused, known);
    EXPECT_EQ(sink.messages.size(), known ? 2U : 0U);
  }
}

TEST_F(Pop3SessionTest, StopsReadingAMessageBeyondTheLimit) {  // D12: infinite RETR
  serve();
  message_limit = 100;
  server->maildrop.push_back({"c", std::string(200, 'x') + "\r\n"});
  const Course course = run();
  ASSERT_TRUE(course.refused);
  EXPECT_EQ(course.refused->kind, Refusal::too_large);
  EXPECT_EQ(course.refused->message, 3U);
  EXPECT_EQ(sink.messages.size(), 2U);
  EXPECT_EQ(server->quits, 0U);
}

TEST_F(Pop3SessionTest, NeverEndsAMessageWithoutItsTerminator) {  // D13
  for (const char* body : {"text\r\n", "text.\r\n", "text\n.\r\n", "text\r.\r", "text\r\n.", ""}) {
    serve();
    server->quirks.instead["RETR 2"] = std::string("+OK\r\n") + body;
    server->quirks.capa = {"UIDL"};
    Pop3Deadlines patience = quick;
    patience.answer = 100ms;
    Course course;
    Pop3Settings settings;
    settings.server = {"127.0.0.1", server->port()};
    settings.tls = config::Tls::none;
    settings.deadlines = patience;
    sink = Gather();
    loop.run(play(settings, sink, {}, *server, course));
    EXPECT_EQ(course.lost, net::ErrorKind::timeout) << body;
    EXPECT_EQ(sink.messages.size(), 1U) << body;
    EXPECT_EQ(server->quits, 0U) << body;
  }
}

TEST_F(Pop3SessionTest, LeavesAServerThatTrickles) {  // D25
  for (const char* command : {"CAPA", "UIDL", "RETR 2"}) {
    serve();
    sink = Gather();
    server->quirks.endless[command] = "x";
    server->quirks.wait = 70ms;
    deadlines.answer = 200ms;
    const Course course = run();
    EXPECT_EQ(course.lost, net::ErrorKind::timeout) << command;
    EXPECT_EQ(sink.messages.size(), command[0] == 'R' ? 1U : 0U) << command;
    EXPECT_EQ(server->quits, 0U) << command;
  }
}

TEST_F(Pop3SessionTest, LeavesASessionThatLastsTooLong) {  // D25
  serve();
  server->quirks.endless["RETR 2"] = std::string(100, 'x') + "\r\n";
  message_limit = 1ULL << 40;
  deadlines.session = 100ms;
  EXPECT_EQ(run().lost, net::ErrorKind::timeout);
  EXPECT_EQ(sink.messages.size(), 1U);
}

TEST_F(Pop3SessionTest, AsksForNothingMoreWhenTheTimeForFetchingHasPassed) {
  serve();
  deadlines.fetching = 0s;
  dele = {1};
  const Course course = run();
  EXPECT_FALSE(course.refused);
  EXPECT_EQ(course.retrieved, Pop3Session::Retrieved::cut_short);
  EXPECT_EQ(server->count("RETR"), 0U);
  EXPECT_EQ(course.removed, 1U);
  EXPECT_EQ(server->quits, 1U) << "what was done stays done";
}

TEST_F(Pop3SessionTest, BoundsAListing) {  // D12
  struct {
    const char* command;
    const char* line;
  } const rows[] = {{"CAPA", "X-MORE\r\n"}, {"LIST", "1 1\r\n"}, {"UIDL", "1 x\r\n"}};
  for (const auto& row : rows) {
    serve();
    server->quirks.endless[row.command] = row.line;
    const Course course = run();
    ASSERT_TRUE(course.refused) << row.command;
    EXPECT_EQ(course.refused->kind, Refusal::protocol) << row.command;
    EXPECT_EQ(course.refused->during, row.command);
  }
}

TEST_F(Pop3SessionTest, FetchesNothingMoreWhenTheSinkIsBroken) {
  serve();
  sink.broken_after = 1;
  const Course course = run();
  EXPECT_FALSE(course.lost);
  EXPECT_EQ(sink.messages.size(), 1U);
}

asio::awaitable<void> busy_session(Pop3Settings settings, HostilePop3& server, Course& course) {
  try {
    auto opened = co_await Pop3Session::open(settings);
    Pop3Session session = std::move(*opened);
    Secret password("secret words");
    (void)co_await session.login("anna", std::move(password));
    auto work = net::pause(120ms);
    co_await session.while_busy(std::move(work));
    auto listing = co_await session.listing();
    if (listing) course.listing = *listing;
  } catch (const net::Error& error) {
    course.lost = error.kind();
  }
  server.stop();
}

TEST_F(Pop3SessionTest, KeepsTheSessionWhileBusyElsewhere) {
  struct {
    std::optional<std::string> answer;  ///< to NOOP
    bool alive;
  } const rows[] = {
      {std::nullopt, true}, {"-ERR what\r\n", true}, {"", false}, {"what\r\n", false}};
  for (const auto& [answer, alive] : rows) {
    serve();
    if (answer) server->quirks.instead["NOOP"] = *answer;
    Pop3Settings settings;
    settings.server = {"127.0.0.1", server->port()};
    settings.tls = config::Tls::none;
    settings.deadlines = quick;
    settings.deadlines.keep_alive = 20ms;
    Course course;
    loop.run(busy_session(settings, *server, course));
    EXPECT_EQ(course.lost.has_value(), !alive);
    EXPECT_EQ(course.listing.messages.size(), alive ? 2U : 0U) << "it is in step";
    EXPECT_GE(server->count("NOOP"), 1U);
  }
}

asio::awaitable<void> go_on_after_nonsense(Pop3Settings settings, HostilePop3& server,
                                           Course& course) {
  auto session = co_await Pop3Session::open(settings);
  Secret password("secret words");
  (void)co_await session->login("anna", std::move(password));
  const auto listing = co_await session->listing();
  EXPECT_FALSE(listing);
  const auto answer = co_await session->noop();
  if (!answer) course.refused = answer.error();
  server.stop();
}

TEST_F(Pop3SessionTest, TakesNothingForAnAnswerBehindNonsense) {  // D22
  for (const char* command : {"STAT", "LIST", "UIDL"}) {
    serve();
    server->quirks.instead[command] = "250 ok\r\n";
    Pop3Settings settings;
    settings.server = {"127.0.0.1", server->port()};
    settings.tls = config::Tls::none;
    settings.deadlines = quick;
    Course course;
    loop.run(go_on_after_nonsense(settings, *server, course));
    ASSERT_TRUE(course.refused) << command;
    EXPECT_EQ(course.refused->kind, Refusal::protocol) << command;
  }
}

struct Shown {
  std::vector<std::string> headers;
  Answer<std::size_t> answer{0};
};

asio::awaitable<void> show_headers(Pop3Settings settings, HostilePop3& server, Shown& shown) {
  auto session = co_await Pop3Session::open(settings);
  Secret password("secret words");
  (void)co_await session->login("anna", std::move(password));
  const std::vector<std::uint32_t> numbers{1, 2, 3};
  Pop3Session::OnHeader on_header = [&](std::size_t, std::string_view octets) {
    shown.headers.emplace_back(octets);
  };
  shown.answer = co_await session->headers(numbers, std::move(on_header));
  server.stop();
}

TEST_F(Pop3SessionTest, BelievesHeadersOnlyInStep) {  // D22
  const std::string header = "+OK\r\nSubject: x\r\n\r\n.\r\n";
  struct {
    const char* name;
    std::map<std::string, std::string> instead;
    bool believed;
  } const rows[] = {
      {"right", {}, true},
      {"one is refused", {{"TOP 2 0", "-ERR gone\r\n"}}, true},
      {"NOOP is refused", {{"NOOP", "-ERR what\r\n"}}, true},
      {"one too many at first", {{"TOP 1 0", header + header}}, false},
      {"one too many", {{"TOP 2 0", header + header}}, false},
      {"one too many at last", {{"TOP 3 0", header + header}}, false},
      {"NOOP makes no sense", {{"NOOP", "what\r\n"}}, false},
  };
  for (const bool pipelining : {true, false}) {
    for (const auto& row : rows) {
      serve();
      server->maildrop.push_back({"c", "Subject: 3\r\n\r\nthree\r\n"});
      server->quirks.instead = row.instead;
      if (!pipelining) server->quirks.capa = {"USER", "UIDL", "TOP"};
      Pop3Settings settings;
      settings.server = {"127.0.0.1", server->port()};
      settings.tls = config::Tls::none;
      settings.deadlines = quick;
      Shown shown;
      loop.run(show_headers(settings, *server, shown));
      EXPECT_EQ(shown.answer.has_value(), row.believed) << row.name;
      if (!row.believed && !shown.answer) {
        EXPECT_EQ(shown.answer.error().kind, Refusal::protocol) << row.name;
      }
    }
  }
}

asio::awaitable<void> log_in_with(std::string password, Pop3Settings settings, HostilePop3& server,
                                  Course& course) {
  auto session = co_await Pop3Session::open(settings);
  Secret secret(std::move(password));
  auto answer = co_await session->login("anna", std::move(secret));
  if (!answer) course.refused = answer.error();
  server.stop();
}

TEST_F(Pop3SessionTest, RefusesAPasswordThatBreaksLines) {  // E11
  for (const std::string& password :
       {std::string("a\r\nDELE 1"), std::string("a\nb"), std::string("a\0b", 3)}) {
    serve();
    Course course;
    Pop3Settings settings;
    settings.server = {"127.0.0.1", server->port()};
    settings.tls = config::Tls::none;
    loop.run(log_in_with(password, settings, *server, course));
    ASSERT_TRUE(course.refused);
    EXPECT_TRUE(no_credentials());
  }
}

}  // namespace
}  // namespace postern::upstream
