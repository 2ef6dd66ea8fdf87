// Tokens that a server refuses: not shown again and again because the program is restarted, until
// somebody signs in.

#include <string>
#include <vector>

#include "sync/engine/source_task.h"
#include "sync/net/task_group.h"
#include "tests/engine/sync_fixture.h"
#include "tests/upstream/oauth/http_peer.h"

namespace postern::engine {
namespace {

using testing::HasSubstr;
using upstream::oauth::test::HttpPeer;
using upstream::oauth::test::json_answer;

class RefusedTokenTest : public SyncTest {
 protected:
  void SetUp() override {
    SyncTest::SetUp();
    source.oauth.emplace();
    source.oauth->client_id = "postern";
    source.oauth->token = peer.url();
    take_tokens();
    fill(1);
  }
  void take_tokens() {
    calm();
    server->quirks.capa = {"USER", "SASL XOAUTH2", "UIDL", "TOP", "RESP-CODES"};
  }
  /// Asks for the token first, as servers without SASL-IR do.
  void refuse_tokens() {
    server->script = [](const std::string& command,
                        const net::Stream&) -> std::optional<test::HostilePop3::Scripted> {
      if (command.starts_with("AUTH")) return test::HostilePop3::Scripted{"+ \r\n"};
      const bool token = command.size() > 20 && !command.contains(' ');
      if (token) return test::HostilePop3::Scripted{"-ERR [AUTH] no\r\n"};
      return std::nullopt;
    };
  }
  [[nodiscard]] std::filesystem::path key_file() const { return folder.path() / "token.key"; }
  void sign_in() { loop.run(keep_one_then_stop()); }
  asio::awaitable<void> keep_one_then_stop() {
    co_await keep_one();
    loop.io.stop();
  }
  asio::awaitable<void> keep_one() {
    wire::oauth::Grant grant;
    grant.access_token = Secret("at1");
    grant.refresh_token = Secret("rt1");
    grant.lifetime = std::chrono::hours(1);
    const auto kept = co_await keep_grant(*account, key_file(), source.key(), std::move(grant));
    EXPECT_TRUE(kept.has_value());
  }
  void may_be_renewed(std::size_t times) {
    const std::string renewed =
        json_answer(R"({"access_token":"at2","refresh_token":"rt2","expires_in":3600})");
    loop.beside(peer.serve(std::vector<HttpPeer::Answer>(times, {renewed})));
  }
  /// A run of the program: the conversation ends it.
  void run(asio::awaitable<void> conversation) { loop.run(with_task(std::move(conversation))); }
  asio::awaitable<void> with_task(asio::awaitable<void> conversation) {
    SourceSettings settings;
    settings.token_key = key_file();
    task = std::make_unique<SourceTask>(loop.io.get_executor(), "anna", source, account, settings);
    net::TaskGroup group(loop.io.get_executor(), "source");
    group.spawn("source", task->run());
    co_await std::move(conversation);
    group.cancel();
    co_await group.join();
    task.reset();
    loop.io.stop();
  }
  asio::awaitable<void> settles() {
    const auto over = [this] {
      const SourceStatus status = task->status();
      // What was recalled of the run before is no end yet.
      const bool later =
          !status.next_poll || *status.next_poll > wall_now() + std::chrono::seconds(5);
      return status.state != SourceState::polling && status.state != SourceState::waiting && later;
    };
    while (!over()) co_await net::pause(std::chrono::milliseconds(1));
    last = task->status();
  }
  asio::awaitable<void> is_lent() {
    co_await settles();
    const LoginLoan loan = co_await task->lend();
    lent = loan.answer;
    const LoginLoan alone = co_await task->lend_token();
    token_lent = alone.answer;
    lent_token = alone.token ? std::string(alone.token->reveal()) : "none";
  }

  HttpPeer peer{loop};
  std::unique_ptr<SourceTask> task;
  SourceStatus last;
  LoginLoan::Answer lent{};
  LoginLoan::Answer token_lent{};  ///< of the token alone
  std::string lent_token;
};

/// The server for sending takes the same token, and has nothing to do with how often one may log in
/// to fetch.
TEST_F(RefusedTokenTest, IsLentForAnotherServerThoughItIsTooSoonForThisOne) {
  source.shortest_poll = std::chrono::minutes(10);
  sign_in();
  run(is_lent());
  EXPECT_EQ(lent, LoginLoan::Answer::too_soon);
  EXPECT_EQ(token_lent, LoginLoan::Answer::granted);
  EXPECT_EQ(lent_token, "at1");
  EXPECT_EQ(server->count("AUTH"), 1U);
}

TEST_F(RefusedTokenTest, StaysStoppedOverARestartUntilSomebodySignsIn) {  // D16
  sign_in();
  refuse_tokens();
  may_be_renewed(2);
  for (int restarts = 0; restarts < 2; ++restarts) run(settles());
  const std::size_t logins = server->count("AUTH");
  EXPECT_EQ(logins, 3U);  // with the token, with a new one, and with another one
  for (int restarts = 0; restarts < 4; ++restarts) run(settles());
  EXPECT_EQ(server->count("AUTH"), logins);
  EXPECT_EQ(last.state, SourceState::sign_in_needed);
  EXPECT_FALSE(last.next_poll);
  EXPECT_THAT(last.detail, HasSubstr("postern login"));
  run(is_lent());
  EXPECT_EQ(lent, LoginLoan::Answer::troubled);
  EXPECT_EQ(token_lent, LoginLoan::Answer::troubled);
  EXPECT_EQ(lent_token, "none");
  // While nothing runs.
  sign_in();
  run(settles());
  EXPECT_GT(server->count("AUTH"), logins);
}

}  // namespace
}  // namespace postern::engine
