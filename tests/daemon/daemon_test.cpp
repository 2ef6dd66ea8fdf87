#include "proxy/daemon/daemon.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "proxy/daemon/control_server.h"
#include "proxy/daemon/sample_mail.h"
#include "proxy/daemon/state_folder.h"
#include "proxy/daemon/status_report.h"
#include "sync/net/dial.h"
#include "sync/net/local.h"
#include "tests/daemon/folder.h"

namespace postern::daemon::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

config::SecretSource plain(const char* password) {
  return {config::SecretSource::Plain{Secret(password)}};
}

/// Runs one conversation against a daemon of its own.
class DaemonTest : public testing::Test {
 protected:
  DaemonTest() {
    config.state = folder.path / "state";
    config.listen.imap = {"127.0.0.1:0"};
    config.listen.pop3 = {"127.0.0.1:0"};
    config.accounts = {{"anna", plain("secret"), {}, {}}};
  }

  void run(asio::awaitable<void> conversation) {
    const auto lock = StateFolder::open(config.state);
    ASSERT_TRUE(lock.has_value()) << lock.error().text();
    std::exception_ptr failure;
    asio::co_spawn(io, std::move(conversation),
                   [&failure](const std::exception_ptr& e) { failure = e; });
    io.run();
    if (failure) std::rethrow_exception(failure);
  }

  TemporaryFolder folder;
  config::Config config;
  asio::io_context io;
};

std::uint16_t port_of(const Daemon& daemon, Face face) {
  for (const auto& place : daemon.faces().places()) {
    if (place.face != face) continue;
    return static_cast<std::uint16_t>(
        std::stoi(place.address.substr(place.address.rfind(':') + 1)));
  }
  return 0;
}

asio::awaitable<std::string> greeting(std::uint16_t port) {
  net::Endpoint there;
  there.host = "127.0.0.1";
  there.port = port;
  net::Stream stream = co_await net::dial(there, 10s);
  std::array<char, 512> octets{};
  const std::size_t count = co_await stream.read_some(octets, 10s);
  co_return std::string(octets.data(), count);
}

asio::awaitable<void> greet_all(asio::any_io_executor executor, config::Config config,
                                std::string& imap, std::string& pop3) {
  Daemon daemon(executor, std::move(config));
  const auto problem = co_await daemon.start();
  EXPECT_FALSE(problem.has_value()) << problem->text();
  imap = co_await greeting(port_of(daemon, Face::imap));
  pop3 = co_await greeting(port_of(daemon, Face::pop3));
  co_await daemon.stop();
}

TEST_F(DaemonTest, listens_where_it_is_told) {
  std::string imap;
  std::string pop3;
  run(greet_all(io.get_executor(), config, imap, pop3));
  EXPECT_THAT(imap, HasSubstr("* OK"));
  EXPECT_THAT(pop3, HasSubstr("+OK"));
}

asio::awaitable<void> start_only(asio::any_io_executor executor, config::Config config,
                                 std::optional<Problem>& problem) {
  Daemon daemon(executor, std::move(config));
  problem = co_await daemon.start();
  co_await daemon.stop();
}

TEST_F(DaemonTest, a_taken_port_is_told) {
  const auto taken = net::Listener::open(io.get_executor(), "127.0.0.1:0").value();
  config.listen.imap = {taken.address()};
  std::optional<Problem> problem;
  run(start_only(io.get_executor(), config, problem));
  ASSERT_TRUE(problem.has_value());
  EXPECT_THAT(problem->what, HasSubstr(taken.address()));
}

/// What two relays at one address say, and whether a relay's port is free after another failure.
asio::awaitable<void> relays_that_fail(asio::any_io_executor executor, config::Config config,
                                       config::Config worse, std::optional<Problem>& same,
                                       bool& free) {
  Daemon daemon(executor, std::move(config));
  same = co_await daemon.start();
  const auto other = co_await daemon.reload(worse);
  EXPECT_TRUE(other.has_value());
  free = net::Listener::open(executor, worse.relays.front().listen).has_value();
  co_await daemon.stop();
}

TEST_F(DaemonTest, relays_that_cannot_be_served_take_nothing) {
  const auto taken = net::Listener::open(io.get_executor(), "127.0.0.1:0").value();
  const std::string once = net::Listener::open(io.get_executor(), "127.0.0.1:0").value().address();
  config::Relay relay;
  relay.listen = "127.0.0.1:0";
  relay.upstream = {"127.0.0.1", 1};
  relay.tls = config::Tls::none;
  config.relays = {relay, relay};
  config::Config worse = config;
  worse.relays.pop_back();
  worse.relays.front().listen = once;
  worse.listen.imap = {taken.address()};
  std::optional<Problem> same;
  bool free = false;
  run(relays_that_fail(io.get_executor(), config, worse, same, free));
  ASSERT_TRUE(same.has_value());
  EXPECT_EQ(same->what, "two relays listen on 127.0.0.1:0");
  EXPECT_TRUE(free);
}

asio::awaitable<void> ask_status(asio::any_io_executor executor, config::Config config,
                                 json& status) {
  Daemon daemon(executor, std::move(config));
  co_await daemon.start();
  status = co_await status_of(daemon);
  co_await daemon.stop();
}

TEST_F(DaemonTest, one_broken_store_does_not_stop_the_others) {
  config.accounts.push_back({"bert", plain("secret"), {}, {}});
  std::filesystem::create_directories(config.state / "accounts");
  std::filesystem::permissions(config.state, std::filesystem::perms::owner_all);
  std::filesystem::permissions(config.state / "accounts", std::filesystem::perms::owner_all);
  std::filesystem::create_symlink("/nowhere", config.state / "accounts" / "bert");
  json status;
  run(ask_status(io.get_executor(), config, status));
  ASSERT_EQ(status["accounts"].size(), 2U);
  EXPECT_TRUE(status["accounts"][0]["problem"].is_null()) << status["accounts"][0];
  EXPECT_EQ(status["accounts"][0]["messages"], 0);
  EXPECT_TRUE(status["accounts"][1]["problem"].is_string()) << status["accounts"][1];
}

/// The daemon pulls from its own POP3 face, as the demo does.
asio::awaitable<void> pull_from_itself(asio::any_io_executor executor, config::Config config,
                                       std::vector<json>& lines) {
  Daemon daemon(executor, config);
  const auto problem = co_await daemon.start();
  EXPECT_FALSE(problem.has_value()) << problem->text();
  config::Source source;
  source.server = {"127.0.0.1", port_of(daemon, Face::pop3)};
  source.tls = config::Tls::none;
  source.username = "provider";
  source.password = plain("secret");
  config.accounts[0].sources = {source};
  const auto refused = co_await daemon.reload(config);
  EXPECT_FALSE(refused.has_value()) << refused->text();

  ControlServer control(executor, daemon);
  control.open();
  control.answer();
  net::Stream stream = co_await net::dial_local(control_socket(config.state));
  LineChannel channel(std::move(stream));
  const json question = {{"ask", "sync"}, {"account", "anna"}};
  co_await channel.send(question);
  for (;;) {
    const auto line = co_await channel.receive(20s);
    if (!line) break;
    lines.push_back(*line);
  }
  control.stop();
  co_await daemon.stop();
  co_await control.join();
}

TEST_F(DaemonTest, sync_over_the_control_socket_ends_once_the_mail_is_stored) {
  config.accounts.push_back({"provider", plain("secret"), {}, {}});
  ASSERT_TRUE(private_folder(config.state).has_value());
  ASSERT_TRUE(private_folder(config.state / "accounts").has_value());
  {
    const auto store =
        store::Account::open({.folder = account_folder(config.state, "provider")}).value();
    ASSERT_FALSE(add_sample_mail(*store, 25).has_value());
    ASSERT_FALSE(add_sample_mail(*store, 25).has_value()) << "a second time does nothing";
    store->close();
  }
  std::vector<json> lines;
  run(pull_from_itself(io.get_executor(), config, lines));
  ASSERT_FALSE(lines.empty());
  const json& end = lines.back();
  ASSERT_TRUE(end.value("done", false)) << end;
  EXPECT_EQ(end["sources"][0]["state"], "idle") << end;
  EXPECT_EQ(end["sources"][0]["fetched"], 25) << end;
  EXPECT_EQ(end["sources"][0]["listed"], 25) << end;
}

asio::awaitable<void> ask_nonsense(asio::any_io_executor executor, config::Config config,
                                   std::vector<json>& answers) {
  Daemon daemon(executor, config);
  co_await daemon.start();
  ControlServer control(executor, daemon);
  control.open();
  control.answer();
  const std::vector<json> questions = {{{"ask", "sync"}, {"account", "nobody"}},
                                       {{"ask", "dance"}},
                                       {{"ask", 7}},
                                       json::object(),
                                       json::array(),
                                       json("status")};
  for (const json& question : questions) {
    net::Stream stream = co_await net::dial_local(control_socket(config.state));
    LineChannel channel(std::move(stream));
    co_await channel.send(question);
    const auto answer = co_await channel.receive(10s);
    answers.push_back(answer.value_or(nullptr));
  }
  control.stop();
  co_await daemon.stop();
  co_await control.join();
}

TEST_F(DaemonTest, questions_that_make_no_sense_are_answered_or_dropped) {
  std::vector<json> answers;
  run(ask_nonsense(io.get_executor(), config, answers));
  ASSERT_EQ(answers.size(), 6U);
  EXPECT_THAT(answers[0].value("error", ""),
              testing::AllOf(HasSubstr("nobody"), HasSubstr("anna")));
  for (const std::size_t i : {1U, 2U, 3U}) EXPECT_TRUE(answers[i].contains("error")) << i;
  for (const std::size_t i : {4U, 5U}) EXPECT_TRUE(answers[i].is_null()) << i;
}

asio::awaitable<void> move_listener(asio::any_io_executor executor, config::Config config,
                                    std::vector<std::string>& told) {
  Daemon daemon(executor, config);
  co_await daemon.start();
  const std::uint16_t old_port = port_of(daemon, Face::imap);
  const std::uint16_t pop3_port = port_of(daemon, Face::pop3);
  {
    auto taken = net::Listener::open(executor, "127.0.0.1:0").value();
    config.listen.imap = {taken.address()};
    const auto refused = co_await daemon.reload(config);
    told.push_back(refused ? refused->what : "taken over");
    told.push_back(co_await greeting(old_port));
  }
  // Free now: the same change is taken over, and the face that did not change stays where it was.
  const auto moved = co_await daemon.reload(config);
  told.push_back(moved ? moved->what : "taken over");
  told.push_back(co_await greeting(port_of(daemon, Face::imap)));
  told.push_back(co_await greeting(pop3_port));
  try {
    told.push_back(co_await greeting(old_port));
  } catch (const net::Error& error) {
    told.push_back(error.what());
  }
  co_await daemon.stop();
}

TEST_F(DaemonTest, a_reload_moves_a_listener_or_changes_nothing) {  // H2, H3
  std::vector<std::string> told;
  run(move_listener(io.get_executor(), config, told));
  ASSERT_EQ(told.size(), 6U);
  EXPECT_THAT(told[0], HasSubstr("cannot listen"));
  EXPECT_THAT(told[1], HasSubstr("* OK"));
  EXPECT_EQ(told[2], "taken over");
  EXPECT_THAT(told[3], HasSubstr("* OK"));
  EXPECT_THAT(told[4], HasSubstr("+OK"));
  EXPECT_THAT(told[5], HasSubstr("cannot connect"));
}

/// What a face says first after each reload; `config` and the places change between.
asio::awaitable<void> reload_thrice(asio::any_io_executor executor, config::Config config,
                                    std::vector<std::string>& told) {
  Daemon daemon(executor, config);
  co_await daemon.start();
  const auto again = [&daemon] { return port_of(daemon, Face::imap); };
  const std::uint16_t port = again();
  for (int i = 0; i < 2; ++i) {
    const auto refused = co_await daemon.reload(config);
    if (refused || again() != port) {
      told.push_back("moved");
    } else {
      told.push_back(co_await greeting(port));
    }
  }
  // The same port, reachable from more addresses.
  config.listen.imap = {fmt::format("0.0.0.0:{}", port)};
  auto refused = co_await daemon.reload(config);
  if (refused) {
    told.push_back(refused->what);
  } else {
    told.push_back(co_await greeting(port));
  }
  // The same address, but with TLS from the start: nothing is said before the handshake.
  config.listen.imaps = std::exchange(config.listen.imap, {});
  refused = co_await daemon.reload(config);
  if (refused) told.push_back(refused->what);
  const auto& places = daemon.faces().places();
  for (const auto& place : places) told.push_back(name_of(place.face) + (" " + place.address));
  co_await daemon.stop();
}

TEST_F(DaemonTest, listeners_stay_widen_and_change_their_face_on_reload) {  // H3
  std::vector<std::string> told;
  run(reload_thrice(io.get_executor(), config, told));
  ASSERT_EQ(told.size(), 5U);
  for (const std::size_t i : {0U, 1U, 2U}) EXPECT_THAT(told[i], HasSubstr("* OK")) << i;
  EXPECT_THAT(told, testing::Contains(testing::StartsWith("imaps 0.0.0.0:")));
  EXPECT_THAT(told, testing::Contains(testing::StartsWith("pop3 127.0.0.1:")));
}

asio::awaitable<void> lower_the_limit(asio::any_io_executor executor, config::Config config,
                                      std::string& first, std::string& second) {
  Daemon daemon(executor, config);
  co_await daemon.start();
  net::Endpoint there;
  there.host = "127.0.0.1";
  there.port = port_of(daemon, Face::imap);
  const net::Stream held = co_await net::dial(there, 10s);
  first = co_await greeting(there.port);
  config.limits.connections_per_address = 1;
  co_await daemon.reload(config);
  second = co_await greeting(there.port);
  co_await daemon.stop();
}

TEST_F(DaemonTest, a_reload_applies_the_limits) {  // H3, C18
  std::string first;
  std::string second;
  run(lower_the_limit(io.get_executor(), config, first, second));
  EXPECT_THAT(first, HasSubstr("* OK"));
  EXPECT_THAT(second, HasSubstr("* BYE [UNAVAILABLE] Too many connections"));
}

asio::awaitable<void> ask_too_early(asio::any_io_executor executor, config::Config config,
                                    json& status) {
  Daemon daemon(executor, config);
  ControlServer control(executor, daemon);
  control.open();
  net::Stream stream = co_await net::dial_local(control_socket(config.state));
  LineChannel channel(std::move(stream));
  const json question = {{"ask", "status"}};
  co_await channel.send(question);
  co_await daemon.start();
  control.answer();
  const auto answer = co_await channel.receive(10s);
  status = answer.value_or(nullptr);
  control.stop();
  co_await daemon.stop();
  co_await control.join();
}

TEST_F(DaemonTest, who_asks_while_it_starts_is_answered_once_it_runs) {
  json status;
  run(ask_too_early(io.get_executor(), config, status));
  ASSERT_TRUE(status.is_object());
  EXPECT_EQ(status["accounts"][0]["name"], "anna");
  EXPECT_EQ(status["listening"].size(), 2U);
}

/// What each is told who logs in with "secret".
/// The tagged answer to LOGIN with the password "secret".
asio::awaitable<std::string> answer_to_login(std::uint16_t port, std::string name) {
  net::Endpoint there;
  there.host = "127.0.0.1";
  there.port = port;
  net::Stream stream = co_await net::dial(there, 10s);
  const std::string command = "a LOGIN " + name + " secret\r\n";
  co_await stream.write(command, 10s);
  std::string answer;
  while (answer.find("\r\na ") == std::string::npos || !answer.ends_with("\r\n")) {
    std::array<char, 512> octets{};
    const std::size_t count = co_await stream.read_some(octets, 10s);
    answer.append(octets.data(), count);
  }
  co_return answer.substr(answer.find("\r\na "));
}

asio::awaitable<void> log_in(asio::any_io_executor executor, config::Config config,
                             std::vector<std::string> names, std::vector<std::string>& told) {
  Daemon daemon(executor, config);
  co_await daemon.start();
  for (const std::string& name : names) {
    std::string answer = co_await answer_to_login(port_of(daemon, Face::imap), name);
    told.push_back(std::move(answer));
  }
  co_await daemon.stop();
}

TEST_F(DaemonTest, passwords_from_commands_are_read_at_the_same_time) {
  // Each waits for the other.
  const std::string pipe = (folder.path / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const auto command = [](const std::string& line) {
    return config::SecretSource{config::SecretSource::Command{line}};
  };
  config.accounts = {{"anna", command("read line < " + pipe + "; echo $line"), {}, {}},
                     {"bert", command("echo secret > " + pipe + "; echo secret"), {}, {}}};
  std::vector<std::string> told;
  run(log_in(io.get_executor(), config, {"anna", "bert"}, told));
  EXPECT_THAT(told, testing::Each(HasSubstr("a OK"))) << told.size();
}

asio::awaitable<void> log_in_after_reloads(asio::any_io_executor executor, config::Config config,
                                           std::vector<std::string>& told) {
  Daemon daemon(executor, config);
  co_await daemon.start();
  const auto file = std::get<config::SecretSource::File>(config.accounts.front().password.from);
  std::filesystem::remove(file.path);
  for (const char* other : {"", ".other"}) {
    config::SecretSource::File place{file.path.string() + other};
    config.accounts.front().password.from = place;
    co_await daemon.reload(config);
    std::string answer = co_await answer_to_login(port_of(daemon, Face::imap), "anna");
    told.push_back(std::move(answer));
  }
  co_await daemon.stop();
}

TEST_F(DaemonTest, a_password_that_cannot_be_read_for_a_moment_stays) {
  const auto file = folder.path / "password";
  std::ofstream(file) << "secret\n";
  ::chmod(file.c_str(), 0600);
  config.accounts = {{"anna", {config::SecretSource::File{file}}, {}, {}}};
  std::vector<std::string> told;
  run(log_in_after_reloads(io.get_executor(), config, told));
  EXPECT_THAT(told, testing::ElementsAre(HasSubstr("a OK"), HasSubstr("a NO")));
}

asio::awaitable<void> come_and_go(asio::any_io_executor executor, config::Config config,
                                  json& between, json& after) {
  Daemon daemon(executor, config);
  co_await daemon.start();
  const auto accounts = config.accounts;
  config.accounts = {{"bert", plain("secret"), {}, {}}};
  co_await daemon.reload(config);
  between = co_await status_of(daemon);
  config.accounts = accounts;
  co_await daemon.reload(config);
  after = co_await status_of(daemon);
  co_await daemon.stop();
}

TEST_F(DaemonTest, accounts_come_go_and_come_back_on_reload) {  // H3
  json between;
  json after;
  run(come_and_go(io.get_executor(), config, between, after));
  ASSERT_EQ(between["accounts"].size(), 1U);
  EXPECT_EQ(between["accounts"][0]["name"], "bert");
  ASSERT_EQ(after["accounts"].size(), 1U);
  EXPECT_EQ(after["accounts"][0]["name"], "anna");
  EXPECT_TRUE(after["accounts"][0]["problem"].is_null());
}

}  // namespace
}  // namespace postern::daemon::test
