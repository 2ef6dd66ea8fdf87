#include "proxy/daemon/setup/interview.h"

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "sync/net/error.h"

namespace postern::daemon::setup {
namespace {

using config::Tls;
using doctor::Encounter;
using engine::SourceState;
using testing::HasSubstr;
using testing::Not;

/// What is typed, in order, each as the answer to a question that holds certain words.
class Script : public Dialogue {
 public:
  struct Line {
    std::string question;
    std::string answer;
  };
  explicit Script(std::deque<Line> lines) : lines_(std::move(lines)) {}

  void say(std::string_view text) override { shown.append(text).append("\n"); }

  std::string shown;
  std::vector<std::string> secrets;  ///< questions for them

 private:
  std::optional<std::string> read(std::string_view prompt, Typed typed) override {
    shown.append(prompt).append("\n");
    if (typed == Typed::hidden) secrets.emplace_back(prompt);
    if (lines_.empty()) return std::nullopt;
    const Line line = lines_.front();
    lines_.pop_front();
    EXPECT_THAT(std::string(prompt), HasSubstr(line.question));
    return line.answer;
  }

  std::deque<Line> lines_;
};

/// Every server is there, and answers a login as is told here.
class World : public Network {
 public:
  Encounter sending;  ///< of a login to send, which works
  std::vector<config::Outgoing> send_tried;
  std::deque<Encounter> encounters;  ///< the last one again and again
  std::vector<config::Source> tried;

  Found find(std::vector<Server> candidates, Dialogue& /*dialogue*/) override {
    return {candidates.front(), {}};
  }
  Encounter log_in(const config::Source& source, const Secret& /*password*/) override {
    tried.push_back(source);
    Encounter encounter = encounters.front();
    if (encounters.size() > 1) encounters.pop_front();
    return encounter;
  }
  Encounter log_in(const config::Outgoing& server, const Secret& /*password*/) override {
    send_tried.push_back(server);
    return sending;
  }
  std::vector<net::CertificateFacts> certificates(const config::Source& /*source*/,
                                                  Dialogue& /*dialogue*/) override {
    return {};
  }
};

Encounter accepted() {
  Encounter encounter;
  encounter.login = Encounter::Login::tried;
  encounter.messages = 2;
  return encounter;
}

config::Source gmx() {
  config::Source source;
  source.server = {"pop.gmx.net", 995};
  source.username = "anna@gmx.de";
  return source;
}

Encounter refused(upstream::Refusal kind, const char* words) {
  Encounter encounter = accepted();
  encounter.refusal = upstream::Refused{kind, "PASS", words, true};
  encounter.trouble = engine::explain(gmx(), *encounter.refusal);
  return encounter;
}

const std::deque<Script::Line> rest{
    {"Name of the account", ""}, {"Password for mail programs", "local"}, {"Your choice", "2"}};

std::deque<Script::Line> then_rest(std::deque<Script::Line> lines) {
  lines.insert(lines.end(), rest.begin(), rest.end());
  return lines;
}

/// As it would be written, read back.
std::expected<config::Config, config::Mistakes> written(const Interview& interview) {
  config::NewSource source = interview.answers().to_write();
  source.account_password = "secrets/anna";
  if (source.client_id.empty()) source.password = "secrets/there";
  const auto text = config::with_source("", source, "/tmp/postern.yaml");
  EXPECT_TRUE(text) << text.error().text();
  return config::parse(*text, "/tmp/postern.yaml");
}

TEST(Interview, takes_the_server_of_a_preset) {
  Script script(then_rest({{"Your mail address", "anna@gmx.de"}, {"Password there", "word"}}));
  World world;
  world.encounters = {accepted()};
  Interview interview(script, world, {});
  interview.run();
  ASSERT_EQ(world.tried.size(), 1U);
  EXPECT_EQ(world.tried.front().server, (config::HostPort{"pop.gmx.net", 995}));
  EXPECT_EQ(world.tried.front().tls, Tls::implicit);
  EXPECT_EQ(world.tried.front().username, "anna@gmx.de");
  EXPECT_THAT(script.shown, HasSubstr("POP3 has to be switched on there first: http"));
  EXPECT_THAT(script.shown, HasSubstr("It works: 2 messages"));
  ASSERT_TRUE(interview.last_login());
  EXPECT_EQ(interview.last_login()->ending, engine::Schedule::Ending::success);
  const auto config = written(interview);
  ASSERT_TRUE(config);
  const config::Account& account = config->accounts.front();
  EXPECT_EQ(account.sources.front().key(), world.tried.front().key());
  // The server for sending is tried and written, with the login data of the source.
  ASSERT_EQ(world.send_tried.size(), 1U);
  ASSERT_EQ(account.outgoing.size(), 1U);
  EXPECT_EQ(account.outgoing.front().key(), world.send_tried.front().key());
  EXPECT_EQ(account.outgoing.front().tls, world.send_tried.front().tls);
  EXPECT_EQ(account.outgoing.front().source, account.sources.front().key());
  EXPECT_EQ(account.outgoing.front().from, std::vector<std::string>{"anna@gmx.de"});
  EXPECT_EQ(config->listen.submission, std::vector<std::string>{"127.0.0.1:1587"});
}

TEST(Interview, leaves_sending_out_where_its_login_does_not_work_and_nobody_wants_it) {
  struct {
    const char* answer;
    std::size_t written;
  } rows[] = {{"1", 1}, {"2", 0}};
  for (const auto& row : rows) {
    Script script(then_rest({{"Your mail address", "anna@gmx.de"},
                             {"Password there", "word"},
                             {"What now", row.answer}}));
    World world;
    world.encounters = {accepted()};
    world.sending.trouble = engine::Trouble{SourceState::wrong_password, "no such login"};
    Interview interview(script, world, {});
    interview.run();
    EXPECT_THAT(script.shown, HasSubstr("The login did not work there. no such login"));
    EXPECT_EQ(written(interview)->accounts.front().outgoing.size(), row.written) << row.answer;
  }
}

TEST(Interview, gives_a_password_that_was_refused_to_no_second_server) {
  Script script(then_rest(
      {{"Your mail address", "anna@gmx.de"}, {"Password there", "word"}, {"What now", "5"}}));
  World world;
  world.encounters = {refused(upstream::Refusal::auth, "no")};
  Interview interview(script, world, {});
  interview.run();
  EXPECT_TRUE(world.send_tried.empty());
  EXPECT_EQ(written(interview)->accounts.front().outgoing.size(), 1U);
}

TEST(Interview, asks_for_an_explicit_yes_before_a_password_that_would_go_out_unprotected) {
  Script script(then_rest({{"Your mail address", "anna@goo.jp"},
                           {"without encryption (insecure: true) [no]", "yes"},
                           {"Password there", "word"}}));
  World world;
  world.encounters = {accepted()};
  Interview interview(script, world, {});
  interview.run();
  EXPECT_THAT(script.shown, HasSubstr("goo.jp offers no encryption for POP3"));
  EXPECT_TRUE(world.tried.front().insecure);
  const auto config = written(interview);
  ASSERT_TRUE(config) << config.error().front().text();
  EXPECT_TRUE(config->accounts.front().sources.front().insecure);
  EXPECT_EQ(config->accounts.front().sources.front().tls, Tls::none);
}

TEST(Interview, ends_where_encryption_is_missing_and_nobody_says_yes) {
  for (const char* answer : {"", "no"}) {
    Script script({{"Your mail address", "anna@goo.jp"}, {"without encryption", answer}});
    World world;
    Interview interview(script, world, {});
    EXPECT_THROW(interview.run(), Interview::GivenUp);
    EXPECT_TRUE(script.secrets.empty());
    EXPECT_TRUE(world.tried.empty());
  }
}

TEST(Interview, every_preset_becomes_a_valid_file) {
  for (const std::string_view name : config::provider_names()) {
    const auto preset = config::preset(name, config::MailProtocol::pop3);
    if (!preset) continue;
    SCOPED_TRACE(name);
    const std::string domain(preset->domains.substr(0, preset->domains.find(' ')));
    if (config::preset(domain, config::MailProtocol::pop3)->auth != config::Preset::Auth::password)
      continue;
    std::deque<Script::Line> lines{{"Your mail address", "anna@" + domain}};
    if (config::preset(domain, config::MailProtocol::pop3)->tls == Tls::none)
      lines.push_back({"without encryption", "yes"});
    lines.push_back({"Password there", "word"});
    Script script(then_rest(std::move(lines)));
    World world;
    world.encounters = {accepted()};
    Interview interview(script, world, {});
    interview.run();
    EXPECT_TRUE(written(interview));
  }
}

TEST(Interview, offers_the_sign_in_where_a_provider_takes_both) {
  Script script(then_rest({{"Your mail address", "anna@gmail.com"},
                           {"Your choice [1]", "2"},
                           {"Client id", ""},
                           {"Client id", "some.client"}}));
  World world;
  Interview interview(script, world, {});
  interview.run();
  EXPECT_TRUE(world.tried.empty());
  EXPECT_FALSE(interview.last_login());
  const auto config = written(interview);
  ASSERT_TRUE(config);
  const auto& source = config->accounts.front().sources.front();
  ASSERT_TRUE(source.oauth);
  EXPECT_EQ(source.oauth->client_id, "some.client");
  EXPECT_TRUE(world.send_tried.empty());
  ASSERT_EQ(config->accounts.front().outgoing.size(), 1U);
  EXPECT_EQ(config->accounts.front().outgoing.front().source, source.key());
  EXPECT_THAT(script.secrets, testing::ElementsAre(HasSubstr("Password for mail programs")));
}

TEST(Interview, takes_a_password_where_a_provider_takes_both) {
  Script script(then_rest({{"Your mail address", "anna@gmail.com"},
                           {"Your choice [1]", ""},
                           {"Password there", "word"}}));
  World world;
  world.encounters = {accepted()};
  Interview interview(script, world, {});
  interview.run();
  EXPECT_EQ(world.tried.size(), 1U);
  EXPECT_TRUE(interview.answers().client_id.empty());
}

TEST(Interview, asks_no_password_of_a_provider_that_takes_none) {
  Script script(then_rest({{"Your mail address", "anna@outlook.com"}, {"Client id", "x"}}));
  World world;
  Interview interview(script, world, {});
  interview.run();
  EXPECT_THAT(script.shown, HasSubstr("This provider takes no passwords"));
  EXPECT_TRUE(written(interview));
}

TEST(Interview, explains_the_certificate_of_an_antivirus_program) {
  Script script(
      {{"Your mail address", "anna@gmx.de"}, {"Password there", "word"}, {"What now", "6"}});
  World world;
  Encounter intercepted;
  const net::Error error(net::ErrorKind::certificate,
                         "the certificate is not trusted: issued by CN=Avast Web/Mail Shield Root");
  intercepted.trouble = engine::explain(gmx().server, error);
  world.encounters = {intercepted};
  Interview interview(script, world, {});
  EXPECT_THROW(interview.run(), Interview::GivenUp);
  EXPECT_THAT(script.shown, HasSubstr("This is not the server's certificate: Avast"));
  EXPECT_THAT(script.shown, HasSubstr("Switch off its scanning of mail"));
  EXPECT_THAT(script.shown, HasSubstr("trust this certificate"));
  EXPECT_FALSE(interview.last_login());
}

TEST(Interview, says_until_when_the_provider_wants_no_login) {
  Script script(then_rest(
      {{"Your mail address", "anna@web.de"}, {"Password there", "word"}, {"What now", "5"}}));
  World world;
  world.encounters = {refused(upstream::Refusal::throttled, "too many logins")};
  Interview interview(script, world, {});
  interview.run();
  EXPECT_THAT(script.shown, HasSubstr("wants fewer logins"));
  EXPECT_THAT(script.shown, HasSubstr("Trying again makes sense at "));
  EXPECT_THAT(script.shown, Not(HasSubstr("trust this certificate")));
  ASSERT_TRUE(interview.last_login());
  EXPECT_EQ(interview.last_login()->ending, engine::Schedule::Ending::throttled);
}

TEST(Interview, forgets_the_login_at_a_server_that_was_not_chosen) {
  Script script(then_rest({{"Your mail address", "anna@gmx.de"},
                           {"Password there", "word"},
                           {"What now", "3"},
                           {"POP3 server", "127.0.0.1:1110"},
                           {"What now", "5"}}));
  World world;
  Encounter unreachable;
  unreachable.trouble = engine::Trouble{SourceState::unreachable, "nobody there"};
  world.encounters = {refused(upstream::Refusal::auth, "no"), unreachable};
  Interview interview(script, world, {});
  interview.run();
  EXPECT_FALSE(interview.last_login());
  // Nothing is known of how one sends there.
  EXPECT_FALSE(interview.answers().outgoing());
  EXPECT_TRUE(written(interview)->accounts.front().outgoing.empty());
}

}  // namespace
}  // namespace postern::daemon::setup
