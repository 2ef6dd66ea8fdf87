#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "sync/engine/poll.h"
#include "tests/engine/failing_account.h"
#include "tests/net/loop.h"
#include "tests/store/store_fixture.h"
#include "tests/support/hostile_pop3.h"

namespace postern::engine {

/// One upstream mailbox on a server that may be hostile, one account here, and the polls between.
/// While polls run it is asserted that a message is committed here before a DELE names it, and
/// before the QUIT of the session that fetched it (R1, R2).
class SyncTest : public store::StoreTest {
 protected:
  /// Crashes of a program are tested here, not those of a machine.
  SyncTest() : StoreTest(store::quick_disk()) {}

  void SetUp() override {
    StoreTest::SetUp();
    account_folder_ = folder.path() / "anna";
    source.server.host = "127.0.0.1";
    source.tls = config::Tls::none;
    source.username = "anna";
    source.password.from = config::SecretSource::Plain{Secret("secret")};
    serve();
  }
  void TearDown() override {
    stop_server();
    StoreTest::TearDown();
  }

  void serve() {
    server = std::make_unique<test::HostilePop3>(loop.io.get_executor());
    server->on_command = [this](const std::string& command) { check_command(command); };
    source.server.port = server->port();
  }
  /// A new account and an empty maildrop.
  void start_over() {
    stop_server();
    serve();
    account.reset();
    std::filesystem::remove_all(account_folder_);
    account_folder_ = folder.path() / ("round-" + std::to_string(++rounds_));
    restart();
    seen_.clear();
  }
  /// The program ended and begins anew: it knows what lies in the files. Nobody else may hold the
  /// account.
  void restart() {
    EXPECT_LE(account.use_count(), 1);
    account.reset();
    account = *store::Account::open({.folder = account_folder_});
    memory = {};
  }
  [[nodiscard]] const std::filesystem::path& account_folder() const { return account_folder_; }
  /// The server behaves from now on.
  void calm() { server->quirks = {}; }
  void fill(std::size_t count) {
    for (std::size_t i = 1; i <= count; ++i) arrive("uidl-" + std::to_string(i));
  }
  void arrive(const std::string& uidl) {
    const std::string subject = "message " + std::to_string(++arrived_);
    server->maildrop.push_back({uidl, store::message(subject)});
  }
  /// A message with a header that names it.
  void arrive_as_mail(const std::string& uidl, const std::string& text = "Hello.\r\n") {
    const std::string number = std::to_string(++arrived_);
    server->maildrop.push_back({uidl,
                                "Received: from x by y;\r\n\tTue, 3 Feb 2015 10:00:00 +0100\r\n"
                                "Message-ID: <" +
                                    number + "@example.org>\r\n" +
                                    store::message("mail " + number, text)});
  }

  /// One poll, on the account or on what stands in for it.
  PollResult poll(std::shared_ptr<store::Account> on = nullptr) {
    if (!on) on = account;
    PollResult result;
    loop.run(poll_then_stop(on, result));
    return result;
  }
  /// A poll of a program that was started anew.
  PollResult poll_after_restart() {
    restart();
    return poll();
  }

  /// All messages of the mailbox that is delivered to, sorted by their octets.
  [[nodiscard]] std::vector<std::string> stored() const {
    std::vector<std::string> bodies;
    if (id(source.deliver_to) == MailboxId(0)) return bodies;
    mailbox(source.deliver_to)->latest()->for_each([&](SeqNum, const store::Entry& entry) {
      bodies.push_back(octets(entry.body));
    });
    std::ranges::sort(bodies);
    return bodies;
  }
  [[nodiscard]] std::vector<std::string> upstream() const {
    std::vector<std::string> bodies;
    for (const auto& message : server->maildrop) bodies.push_back(message.octets);
    std::ranges::sort(bodies);
    return bodies;
  }
  /// What is in the INBOX or was: a message that was expunged here may be deleted there.
  std::vector<std::string> ever_stored() {
    for (std::string& body : stored())
      if (std::ranges::find(seen_, body) == seen_.end()) seen_.push_back(std::move(body));
    return seen_;
  }
  void expunge(std::uint32_t uid) { (void)remove("INBOX", store::uids({uid})); }
  [[nodiscard]] std::vector<store::Origin> origins() const {
    return store::read(*account,
                       [key = source_key()](store::Reader& reader) { return reader.origins(key); });
  }
  [[nodiscard]] store::SourceRecord record() const {
    auto work = [key = source_key()](store::Reader& reader) { return reader.source_record(key); };
    return store::read(*account, work).value_or(store::SourceRecord());
  }
  [[nodiscard]] std::string source_key() const { return source.key(); }

  /// A message as it goes over the wire: its last line ends.
  [[nodiscard]] static std::string complete(const std::string& octets) {
    return octets.empty() || octets.ends_with("\r\n") ? octets : octets + "\r\n";
  }

  /// Lets the server finish what it was doing.
  void stop_server_sessions() {
    loop.io.poll();
    loop.io.restart();
  }
  void stop_server() {
    if (!server) return;
    server->stop();
    loop.run(server->join());
    server.reset();
  }

  net::test::Loop loop;
  config::Source source;
  PollMemory memory;
  std::unique_ptr<test::HostilePop3> server;
  net::Stream::Duration patience = std::chrono::seconds(2);
  net::Stream::Duration keep_alive = upstream::Pop3Deadlines().keep_alive;
  net::Stream::Duration fetching = upstream::Pop3Deadlines().fetching;
  std::chrono::seconds least_gap{0};
  std::uint64_t message_limit = config::LimitSettings().message;
  PollWish wish = PollWish::none;
  std::vector<std::string> configured;

 private:
  asio::awaitable<void> poll_then_stop(std::shared_ptr<store::Account> on, PollResult& result) {
    upstream::Pop3Deadlines deadlines;
    deadlines.connect = deadlines.tls = std::chrono::seconds(2);
    deadlines.greeting = std::min<net::Stream::Duration>(patience, std::chrono::seconds(2));
    deadlines.answer = patience;
    deadlines.fetching = fetching;
    deadlines.keep_alive = keep_alive;
    Poll conversation({loop.io.get_executor(), source, on, memory, [](const Progress&) {},
                       deadlines, nullptr, message_limit, least_gap, wish, &configured});
    result = co_await conversation.run();
    loop.io.stop();
  }
  void check_command(const std::string& command) {
    if (command.starts_with("TOP ")) {
      EXPECT_TRUE(command.ends_with(" 0")) << command;
    }
    if (command == "STAT") retrieved_before_ = server->retrieved;
    if (!command.starts_with("DELE ") && command != "QUIT") return;
    const std::vector<std::string> here = ever_stored();
    const auto is_stored = [&](const std::string& octets) {
      return std::ranges::find(here, complete(unmarked(octets))) != here.end();
    };
    if (command == "QUIT") {
      // Only the session that fetched a message can hide it (RFC 1939 section 6).
      for (const auto& [octets, count] : server->retrieved) {
        if (octets.size() > message_limit || count == retrieved_before_[octets]) continue;
        EXPECT_TRUE(is_stored(octets)) << "QUIT before it was stored: " << octets;
      }
    } else {
      const std::size_t number = std::stoul(command.substr(5));
      const auto& maildrop = server->at_login;
      ASSERT_LE(number, maildrop.size());
      EXPECT_TRUE(is_stored(maildrop[number - 1].octets)) << command;
    }
  }
  /// What a server writes above a message that somebody has read is no part of it.
  static std::string unmarked(const std::string& octets) {
    constexpr std::string_view mark = "Status: RO\r\n";
    return octets.starts_with(mark) ? octets.substr(mark.size()) : octets;
  }
  std::map<std::string, std::size_t> retrieved_before_;  ///< this session
  std::vector<std::string> seen_;
  std::filesystem::path account_folder_;
  int arrived_ = 0;
  int rounds_ = 0;
};

}  // namespace postern::engine
