#include "sync/upstream/smtp_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sync/net/error.h"
#include "sync/net/tls.h"
#include "tests/net/loop.h"
#include "tests/support/hostile_smtp.h"

namespace postern::upstream {
namespace {

using namespace std::chrono_literals;
using test::HostileSmtp;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using wire::smtp::BodyKind;
using wire::smtp::Recipient;
using wire::smtp::Reply;
using wire::smtp::Sender;

/// How a whole conversation went.
struct Course {
  std::optional<Refused> refused;
  std::optional<net::ErrorKind> lost;
  std::vector<Reply> envelope;
  std::optional<Reply> asked;  ///< to DATA
  std::optional<Reply> end;
};

struct Letter {
  Sender sender{.address = "anna@example.org", .envelope_id = ""};
  std::vector<Recipient> recipients{{"bert@example.org", {}, ""}};
  std::string octets = "Subject: x\r\n\r\n.one\r\n";
  SmtpSession::Transfer transfer = SmtpSession::Transfer::data;
};

asio::awaitable<std::optional<Refused>> send(SmtpSettings settings, Letter letter, Course& course) {
  auto opened = co_await SmtpSession::open(std::move(settings));
  if (!opened) co_return opened.error();
  SmtpSession session = std::move(*opened);
  Credential credential{Secret("secret words")};
  const auto login = co_await session.login("anna", std::move(credential));
  if (!login) co_return login.error();
  const auto taken = co_await session.envelope(letter.sender, letter.recipients,
                                               letter.octets.size(), course.envelope);
  if (!taken) co_return taken.error();
  if (!course.envelope.front().positive()) co_return std::nullopt;
  const auto asked = co_await session.begin_data(letter.transfer);
  if (!asked) co_return asked.error();
  course.asked = *asked;
  if (!asked->intermediate()) co_return std::nullopt;
  co_await session.feed(letter.octets);
  const auto end = co_await session.finish();
  if (!end) co_return end.error();
  course.end = *end;
  co_await session.quit();
  co_return std::nullopt;
}

asio::awaitable<void> play(SmtpSettings settings, Letter letter, Course& course,
                           HostileSmtp& server) {
  try {
    course.refused = co_await send(std::move(settings), std::move(letter), course);
  } catch (const net::Error& error) {
    course.lost = error.kind();
  }
  server.stop();
}

class SmtpSessionTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = new net::test::TemporaryFolder;
    auto server = net::TlsServer::automatic(folder->path);
    ASSERT_TRUE(server) << server.error().text();
    tls = new net::TlsServer(std::move(*server));
  }
  static void TearDownTestSuite() {
    delete tls;
    delete folder;
  }

  void serve() { server = std::make_unique<HostileSmtp>(loop.io.get_executor(), tls); }
  Course run(config::Tls mode = config::Tls::none) {
    net::TlsTrust trust;
    trust.host = "127.0.0.1";
    trust.pin = tls->facts().fingerprint;
    const auto client = net::TlsClient::make(trust);
    SmtpSettings settings;
    settings.server = {"127.0.0.1", server->port()};
    settings.tls = mode;
    settings.trust = &*client;
    settings.deadlines = {2s, 2s, 2s, 2s, 2s, 2s};
    Course course;
    loop.run(play(settings, letter, course, *server));
    return course;
  }

  static inline net::test::TemporaryFolder* folder = nullptr;
  static inline net::TlsServer* tls = nullptr;

  net::test::Loop loop;
  std::unique_ptr<HostileSmtp> server;
  Letter letter;
};

TEST_F(SmtpSessionTest, SendsOneMessage) {  // RFC 5321 section 3.3
  serve();
  const Course course = run();
  ASSERT_TRUE(course.end);
  EXPECT_EQ(course.end->line(), "250 2.0.0 taken");
  EXPECT_THAT(server->messages, ElementsAre("Subject: x\r\n\r\n..one\r\n.\r\n"));
  EXPECT_THAT(server->commands, ElementsAre(StartsWith("EHLO "), StartsWith("AUTH PLAIN "),
                                            StartsWith("EHLO "), "MAIL FROM:<anna@example.org>",
                                            "RCPT TO:<bert@example.org>", "DATA", "QUIT"));
}

TEST_F(SmtpSessionTest, UsesWhatIsOfferedBehindTlsOnly) {  // A9
  serve();
  server->offers = {"STARTTLS", "PIPELINING", "SIZE 1000", "DSN", "AUTH LOGIN"};
  server->offers_after_tls = {"AUTH PLAIN"};
  const Course course = run(config::Tls::starttls);
  EXPECT_TRUE(course.end);
  EXPECT_EQ(server->most_in_flight, 1U);
  EXPECT_THAT(server->commands, Contains("MAIL FROM:<anna@example.org>"));
  EXPECT_THAT(server->commands, Contains(StartsWith("AUTH PLAIN ")));
}

TEST_F(SmtpSessionTest, RefusesWhatStandsBehindTheAnswerToStartTls) {  // A8
  for (const char* injected :
       {"250-x\r\n250 AUTH PLAIN\r\n", "250 AUTH PLAIN LOGIN\r\n", "x", "\r\n"}) {
    serve();
    server->offers = {"STARTTLS"};
    server->behind_starttls = injected;
    const Course course = run(config::Tls::starttls);
    ASSERT_TRUE(course.refused) << injected;
    EXPECT_EQ(course.refused->kind, Refusal::protocol) << injected;
    EXPECT_EQ(server->count("AUTH"), 0U) << injected;
  }
}

TEST_F(SmtpSessionTest, NeverFallsBackToPlaintext) {  // A10, A11
  serve();
  server->offers = {"AUTH PLAIN"};
  Course course = run(config::Tls::starttls);
  ASSERT_TRUE(course.refused);
  EXPECT_EQ(course.refused->kind, Refusal::no_tls);
  EXPECT_THAT(server->commands, ElementsAre(StartsWith("EHLO ")));
  for (const char* answer : {"454 4.7.0 not now\r\n", "502 what\r\n", "554 5.3.3 no\r\n", ""}) {
    serve();
    server->offers = {"STARTTLS", "AUTH PLAIN"};
    server->instead["STARTTLS"] = answer;
    course = run(config::Tls::starttls);
    EXPECT_TRUE(course.refused || course.lost) << answer;
    EXPECT_THAT(server->commands, ElementsAre(StartsWith("EHLO "), "STARTTLS")) << answer;
  }
}

TEST_F(SmtpSessionTest, DoesNotFollowAReferral) {  // A15
  serve();
  server->instead["RCPT"] = "551 5.7.1 try <bert@elsewhere.example>\r\n";
  const Course course = run();
  ASSERT_EQ(course.envelope.size(), 2U);
  EXPECT_EQ(course.envelope[1].code, 551U);
  EXPECT_EQ(server->count("RCPT"), 1U);
}

TEST_F(SmtpSessionTest, SaysParametersOnlyWhereTheyAreOffered) {  // E12
  letter.sender.body = BodyKind::eight_bit_mime;
  letter.sender.smtp_utf8 = true;
  letter.sender.ret = wire::smtp::Return::headers;
  letter.sender.envelope_id = "7";
  letter.recipients[0].notify = {.said = true, .failure = true};
  serve();
  server->offers = {"AUTH PLAIN"};
  EXPECT_TRUE(run().end);
  EXPECT_THAT(server->commands, Contains("MAIL FROM:<anna@example.org>"));
  EXPECT_THAT(server->commands, Contains("RCPT TO:<bert@example.org>"));
  serve();
  server->offers = {"AUTH PLAIN", "8BITMIME", "SMTPUTF8", "DSN", "SIZE 1000"};
  EXPECT_TRUE(run().end);
  EXPECT_THAT(server->commands,
              Contains("MAIL FROM:<anna@example.org> SIZE=20 BODY=8BITMIME SMTPUTF8 RET=HDRS "
                       "ENVID=7"));
  EXPECT_THAT(server->commands, Contains("RCPT TO:<bert@example.org> NOTIFY=FAILURE"));
}

// Workaround: Dovecot 2.3 (submission): offers 8BITMIME and DSN before the login, and refuses them
// behind it.
TEST_F(SmtpSessionTest, WorkaroundOffersThatEndWithTheLogin) {
  letter.sender.body = BodyKind::eight_bit_mime;
  serve();
  server->offers = {"AUTH PLAIN", "8BITMIME"};
  server->offers_after_login = {"SIZE 1000"};
  EXPECT_TRUE(run().end);
  EXPECT_THAT(server->commands, Contains("MAIL FROM:<anna@example.org> SIZE=20"));
}

TEST_F(SmtpSessionTest, KeepsTheOffersOfAServerThatIsNotToBeAskedTwice) {
  serve();
  server->offers = {"AUTH PLAIN", "SIZE 1000"};
  server->on_step = [this] {
    if (server->count("AUTH") != 0) server->instead["EHLO"] = "503 5.5.1 you said that\r\n";
  };
  EXPECT_TRUE(run().end);
  EXPECT_THAT(server->commands, Contains("MAIL FROM:<anna@example.org> SIZE=20"));
}

TEST_F(SmtpSessionTest, KeepsInternationalAddressesFromAServerWithoutThem) {  // E12
  for (const bool pipelining : {false, true}) {
    serve();
    server->offers = {"AUTH PLAIN"};
    if (pipelining) server->offers.emplace_back("PIPELINING");
    letter.recipients = {{"gr\xc3\xb6\xc3\x9f"
                          "e@example.org",
                          {},
                          ""},
                         {"bert@example.org", {}, ""}};
    const Course course = run();
    ASSERT_EQ(course.envelope.size(), 3U);
    EXPECT_THAT(course.envelope[1].line(), StartsWith("553 5.6.7 "));
    EXPECT_TRUE(course.envelope[2].positive());
    EXPECT_EQ(server->count("RCPT"), 1U);
    EXPECT_EQ(server->messages.size(), 1U);
  }
}

TEST_F(SmtpSessionTest, TakesNoReplyForAnother) {  // E14: a message would be lost, or sent unasked
  struct {
    const char* key;
    const char* answer;
  } rows[] = {
      {"DATA", "250 2.0.0 queued\r\n"}, {"DATA", "220 ready\r\n"}, {"MAIL", "354 go on\r\n"},
      {"RCPT", "354 go on\r\n"},        {".", "354 go on\r\n"},    {"EHLO", "354 go on\r\n"},
  };
  for (const auto& row : rows) {
    serve();
    server->instead[row.key] = row.answer;
    const Course course = run();
    ASSERT_TRUE(course.refused) << row.key << row.answer;
    EXPECT_EQ(course.refused->kind, Refusal::protocol) << row.key << row.answer;
    EXPECT_FALSE(course.end) << row.key << row.answer;
  }
}

TEST_F(SmtpSessionTest, EndsWithAServerThatMakesNoSense) {  // E14
  std::string many;
  for (int i = 0; i < 100'000; ++i) many += "250-and\r\n";
  const std::vector<std::string> answers{
      "250-a\r\n550 b\r\n",
      many,
      "000 zero\r\n",
      "999 beyond\r\n",
      "25 short\r\n",
      "250\tx\r\n",
      "2500 x\r\n",
      "\r\n",
      std::string(100'000, 'x'),
      std::string("250 a\r\n\0\r\n", 10),
  };
  for (const std::string& answer : answers) {
    serve();
    server->instead["MAIL"] = answer;
    const Course course = run();
    EXPECT_TRUE(course.refused) << answer.substr(0, 40);
    EXPECT_THAT(server->messages, IsEmpty()) << answer.substr(0, 40);
  }
}

TEST_F(SmtpSessionTest, ShowsNoControlCharactersOfAServer) {  // E14
  serve();
  server->instead["MAIL"] = std::string("550 5.7.1 \x1b[31mno\0\x07 \xff\r\n", 23);
  const Course course = run();
  ASSERT_EQ(course.envelope.size(), 1U);
  EXPECT_EQ(course.envelope[0].line(), "550 5.7.1 ?[31mno?? ?");
}

TEST_F(SmtpSessionTest, WaitsForTheRestOfAReplyOnlySoLong) {  // E14
  serve();
  server->instead["MAIL"] = "250-and then\r\n";
  EXPECT_EQ(run().lost, net::ErrorKind::timeout);
}

TEST_F(SmtpSessionTest, TellsWhereTheConnectionWasLost) {  // E15
  for (const char* at : {"greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "."}) {
    serve();
    server->instead[at] = "";
    const Course course = run();
    EXPECT_TRUE(course.lost == net::ErrorKind::closed || course.refused) << at;
    EXPECT_FALSE(course.end) << at;
    EXPECT_EQ(server->messages.size(), std::string_view(at) == "." ? 1U : 0U) << at;
  }
}

TEST_F(SmtpSessionTest, TellsOfEachRecipientApart) {  // E16
  for (const bool pipelining : {false, true}) {
    serve();
    server->offers = {"AUTH PLAIN"};
    if (pipelining) server->offers.emplace_back("PIPELINING");
    server->instead["RCPT TO:<c@example.org>"] = "450 4.2.1 busy\r\n";
    server->instead["RCPT TO:<d@example.org>"] = "550 5.1.1 nobody\r\n";
    letter.recipients = {
        {"bert@example.org", {}, ""}, {"c@example.org", {}, ""}, {"d@example.org", {}, ""}};
    const Course course = run();
    ASSERT_EQ(course.envelope.size(), 4U);
    EXPECT_EQ(course.envelope[1].code, 250U);
    EXPECT_EQ(course.envelope[2].line(), "450 4.2.1 busy");
    EXPECT_EQ(course.envelope[3].line(), "550 5.1.1 nobody");
    EXPECT_TRUE(course.end);
    EXPECT_EQ(server->most_in_flight, pipelining ? 3U : 1U);
  }
}

TEST_F(SmtpSessionTest, SendsChunks) {  // RFC 3030 section 2
  serve();
  server->offers = {"AUTH PLAIN", "CHUNKING", "BINARYMIME"};
  letter.sender.body = BodyKind::binary_mime;
  letter.transfer = SmtpSession::Transfer::chunks;
  letter.octets = std::string("Subject: x\r\n\r\n\0\r.\r\n.\r\n\n.\n", 27);
  EXPECT_TRUE(run().end);
  EXPECT_THAT(server->messages, ElementsAre(letter.octets));
  EXPECT_THAT(server->commands, Contains("MAIL FROM:<anna@example.org> BODY=BINARYMIME"));
}

TEST_F(SmtpSessionTest, TellsWhyAChunkWasRefused) {
  serve();
  server->offers = {"AUTH PLAIN", "CHUNKING", "BINARYMIME"};
  server->instead["BDAT"] = "552 5.3.4 too much\r\n";
  letter.transfer = SmtpSession::Transfer::chunks;
  const Course course = run();
  ASSERT_TRUE(course.end);
  EXPECT_EQ(course.end->line(), "552 5.3.4 too much");
  EXPECT_THAT(server->commands, Not(Contains("BDAT 0 LAST")));
}

TEST_F(SmtpSessionTest, SaysNothingOfThePasswordThatAServerRepeats) {
  serve();
  server->instead["AUTH"] = "535 5.7.8 AGFubmEAc2VjcmV0IHdvcmRz is wrong\r\n";
  const Course course = run();
  ASSERT_TRUE(course.refused);
  EXPECT_EQ(course.refused->kind, Refusal::auth);
  EXPECT_THAT(course.refused->words, Not(HasSubstr("AGFubmEAc2VjcmV0")));
}

}  // namespace
}  // namespace postern::upstream
