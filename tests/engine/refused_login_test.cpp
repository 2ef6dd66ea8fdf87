// Logins that are not taken, whatever the server says about them: providers count them and lock
// the account, whoever asks and however often the program is restarted.

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "sync/engine/source_task.h"
#include "sync/net/task_group.h"
#include "tests/engine/sync_fixture.h"

namespace postern::engine {
namespace {

class RefusedLoginTest : public SyncTest {
 protected:
  /// A run of the program: the conversation ends it.
  void run(asio::awaitable<void> conversation) { loop.run(with_task(std::move(conversation))); }
  asio::awaitable<void> with_task(asio::awaitable<void> conversation) {
    SourceSettings settings;
    settings.token_key = folder.path() / "token.key";
    task = std::make_unique<SourceTask>(loop.io.get_executor(), "anna", source, account, settings);
    net::TaskGroup group(loop.io.get_executor(), "source");
    group.spawn("source", task->run());
    co_await std::move(conversation);
    group.cancel();
    co_await group.join();
    task.reset();
    loop.io.stop();
  }
  [[nodiscard]] std::size_t logins() const { return server->count("PASS") + server->count("AUTH"); }

  asio::awaitable<void> has_settled();
  asio::awaitable<void> is_asked_again_and_again();
  asio::awaitable<void> reloads_again_and_again();

  std::unique_ptr<SourceTask> task;
  std::filesystem::path password_file;
};

/// A poll has ended, or the last one before the start counts.
asio::awaitable<void> RefusedLoginTest::has_settled() {
  const auto waits = [this] {
    const SourceStatus status = task->status();
    const bool later =
        !status.next_poll || *status.next_poll > wall_now() + std::chrono::seconds(5);
    return status.state != SourceState::polling && status.state != SourceState::waiting && later;
  };
  while (!waits()) co_await net::pause(std::chrono::milliseconds(1));
}

/// What a server answers to every login of a source that it never let in.
struct Refusing {
  const char* name;
  std::vector<std::string> capa;
  const char* answer;       ///< empty: it hangs up
  std::size_t most_logins;  ///< that go out by themselves
};

const Refusing refusing[] = {
    {"no code", {"USER"}, "-ERR go away\r\n", 2},
    {"a code was promised",
     {"USER", "SASL PLAIN LOGIN", "AUTH-RESP-CODE"},
     "-ERR Invalid login or password\r\n",
     2},
    {"speaks of waiting",
     {"USER"},
     "-ERR Invalid user name or password. Please wait a moment and try again.\r\n",
     2},
    {"speaks of a limit", {"USER"}, "-ERR too many logins\r\n", 3},
    {"[SYS/TEMP]", {"USER"}, "-ERR [SYS/TEMP] later\r\n", 3},
    {"hangs up", {"USER"}, "", 3},
};

TEST_F(RefusedLoginTest, TriesNoOftenerBecauseItIsRestarted) {  // D16
  for (const Refusing& row : refusing) {
    SCOPED_TRACE(row.name);
    start_over();
    fill(1);
    server->quirks.capa = row.capa;
    server->quirks.instead = {{"PASS", row.answer}, {"AUTH", row.answer}};
    for (int restarts = 0; restarts < 8; ++restarts) run(has_settled());
    EXPECT_LE(logins(), row.most_logins);
  }
}

asio::awaitable<void> RefusedLoginTest::reloads_again_and_again() {
  for (int reloads = 0; reloads < 8; ++reloads) {
    co_await has_settled();
    task->poll_now(PollReason::reload);
    co_await net::pause(std::chrono::milliseconds(20));
  }
  co_await has_settled();
}

TEST_F(RefusedLoginTest, TriesNoOftenerBecauseTheConfigurationIsReadAgain) {  // D16
  for (const Refusing& row : refusing) {
    SCOPED_TRACE(row.name);
    start_over();
    fill(1);
    server->quirks.capa = row.capa;
    server->quirks.instead = {{"PASS", row.answer}, {"AUTH", row.answer}};
    run(reloads_again_and_again());
    EXPECT_EQ(logins(), 1U);
  }
}

/// By a script, say; then the password is corrected.
asio::awaitable<void> RefusedLoginTest::is_asked_again_and_again() {
  SourceStatus status;
  for (int asked = 0; asked < 8; ++asked) status = co_await task->poll_and_wait();
  EXPECT_TRUE(status.postponed_until);
  EXPECT_EQ(server->count("PASS"), 3U);
  std::ofstream(password_file) << "another\n";
  calm();
  status = co_await task->poll_and_wait();
  EXPECT_EQ(status.state, SourceState::idle) << status.detail;
}

TEST_F(RefusedLoginTest, TriesARefusedPasswordSlowerAndSlowerForTheOperator) {  // D16
  password_file = folder.path() / "password";
  source.password.from = config::SecretSource::File{password_file};
  for (const char* answer : {"-ERR [AUTH] no\r\n", "-ERR go away\r\n", ""}) {
    SCOPED_TRACE(answer);
    start_over();
    std::ofstream(password_file) << "wrong\n";
    std::filesystem::permissions(
        password_file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    fill(1);
    server->quirks.instead["PASS"] = answer;
    run(is_asked_again_and_again());
  }
}

}  // namespace
}  // namespace postern::engine
