// The engine against our own server, in one process: what `postern demo` does.

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/engine/poll.h"
#include "tests/pop3/pop3_fixture.h"

namespace postern::pop3 {
namespace {

using config::KeepOnServer;

class EngineAgainstServer : public Pop3Test {
 protected:
  void SetUp() override {
    Pop3Test::SetUp();
    here = *store::Account::open({.folder = folder.path() / "here"});
    source.server.host = "127.0.0.1";
    source.username = "anna";
    source.password.from = config::SecretSource::Plain{Secret("open sesame")};
    source.tls = config::Tls::none;
  }
  void poll() { run(one_poll()); }
  asio::awaitable<void> attempt() {
    source.server.port = port;
    engine::Poll conversation({loop.io.get_executor(), source, here, memory,
                               [](const engine::Progress&) {}, upstream::Pop3Deadlines{}});
    result = co_await conversation.run();
  }
  asio::awaitable<void> one_poll() {
    co_await attempt();
    EXPECT_FALSE(result.trouble) << result.trouble->detail;
  }
  asio::awaitable<void> deletes();
  asio::awaitable<void> empties();
  asio::awaitable<void> meets_a_lock();
  static std::vector<std::string> bodies(store::Account& of) {
    std::vector<std::string> all;
    const auto inbox = store::open_mailbox(of, of.tree()->find("INBOX")->id);
    inbox->latest()->for_each([&](SeqNum, const store::Entry& entry) {
      all.push_back(store::read(of, [&](store::Reader& reader) {
        std::string out;
        reader.read_body(entry.body, 0, entry.octets, out);
        return out;
      }));
    });
    return all;
  }

  std::shared_ptr<store::Account> here;
  config::Source source;
  engine::PollMemory memory;
  engine::PollResult result;
};

TEST_F(EngineAgainstServer, GetsEveryOctet) {
  for (int i = 1; i <= 150; ++i) {
    const std::size_t octets = i % 40 == 0 ? 900'000 : i % 11 == 0 ? 60'000 : 300;
    (void)append("INBOX",
                 store::message(std::to_string(i), std::string(octets, 'x') + "\r\n.\r\n..\r\n"));
  }
  (void)append("INBOX", "\r\n");
  (void)append("INBOX", "Subject: only a header\r\n");
  (void)append("INBOX", std::string("Subject: 8 bit\r\n\r\n\0\xff\r\n", 22));
  poll();
  EXPECT_EQ(result.fetched, 153U);
  EXPECT_EQ(bodies(*here), bodies(*account));
}

TEST_F(EngineAgainstServer, GetsLoneLineFeedsAsLines) {
  (void)append("INBOX", "Subject: lf\n\na\n.\nb");
  for (int i = 0; i < 5; ++i) (void)append("INBOX", store::message(std::to_string(i)));
  poll();
  EXPECT_EQ(result.fetched, 6U);
  EXPECT_THAT(bodies(*here), testing::Contains("Subject: lf\r\n\r\na\r\n.\r\nb\r\n"));
}

asio::awaitable<void> EngineAgainstServer::deletes() {
  co_await one_poll();
  EXPECT_EQ(bodies(*here), bodies(*account));
  const MailboxId inbox = here->tree()->find("INBOX")->id;
  (void)store::write(*here, [&](store::Transaction& transaction) {
    store::FlagNames deleted;
    deleted.system = static_cast<std::uint8_t>(SystemFlag::deleted);
    (void)transaction.store_flags(inbox, store::uids({2}), store::FlagChange::add, deleted);
    return transaction.expunge(inbox, store::uids({2}));
  });
  co_await one_poll();
  EXPECT_EQ(bodies(*account).size(), 2U);
  EXPECT_EQ(bodies(*here), bodies(*account));
  co_await one_poll();
  EXPECT_EQ(result.deleted, 1U);
  EXPECT_EQ(result.fetched, 0U);
}

TEST_F(EngineAgainstServer, DeletesThereWhatWasDeletedHere) {
  source.keep_on_server = {KeepOnServer::Rule::until_deleted, {}};
  for (int i = 1; i <= 3; ++i) (void)append("INBOX", store::message(std::to_string(i)));
  run(deletes());
}

asio::awaitable<void> EngineAgainstServer::empties() {
  co_await one_poll();
  co_await one_poll();
  EXPECT_EQ(bodies(*account).size(), 0U);
  EXPECT_EQ(bodies(*here).size(), 3U);
}

TEST_F(EngineAgainstServer, EmptiesAMaildropThatIsNotKept) {
  source.keep_on_server = {KeepOnServer::Rule::never, {}};
  for (int i = 1; i <= 3; ++i) (void)append("INBOX", store::message(std::to_string(i)));
  run(empties());
}

asio::awaitable<void> EngineAgainstServer::meets_a_lock() {
  Client client = co_await connect();
  (void)co_await client.log_in();
  co_await attempt();
  EXPECT_TRUE(result.trouble && result.trouble->state == engine::SourceState::mailbox_locked);
  (void)co_await client.ask("QUIT");
  co_await one_poll();
}

TEST_F(EngineAgainstServer, WaitsForALockedMaildrop) {
  run(meets_a_lock());
}

}  // namespace
}  // namespace postern::pop3
