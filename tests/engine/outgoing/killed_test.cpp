// A process that sends is killed (SIGKILL) in front of each write of a file and at each step of the
// conversation with the server, and another one goes on: what was accepted is sent once, and twice
// only where nobody can know, which is told then.

#include <algorithm>
#include <csignal>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/outgoing/sending_process.h"
#include "tests/store/sending_fixture.h"
#include "tests/support/hostile_smtp.h"

namespace postern::engine::outgoing {
namespace {

using config::Outgoing;
using test::Ending;
using test::Errand;
using test::Letter;
using testing::HasSubstr;

struct Scenario {
  const char* name;
  Outgoing::Queue queue;
  /// How the server is while the process runs that is killed (HostileSmtp::instead).
  std::map<std::string, std::string> meanwhile{};
  /// And from beginning to end.
  std::map<std::string, std::string> always{};
  bool taken = true;      ///< somebody gets the message
  bool reported = false;  ///< whatever happens there is a report
};

void PrintTo(const Scenario& scenario, std::ostream* out) {
  *out << scenario.name;
}

constexpr const char* no_carl = "RCPT TO:<carl@example.org>";
constexpr const char* no_bert = "RCPT TO:<bert@example.org>";
constexpr const char* unknown = "550 5.1.1 no such person\r\n";

const Scenario scenarios[] = {
    {.name = "queued", .queue = Outgoing::Queue::always},
    {.name = "queued, one recipient is refused",
     .queue = Outgoing::Queue::always,
     .always = {{no_carl, unknown}},
     .reported = true},
    {.name = "queued, all recipients are refused",
     .queue = Outgoing::Queue::always,
     .always = {{no_carl, unknown}, {no_bert, unknown}},
     .taken = false,
     .reported = true},
    {.name = "queued, put off first",
     .queue = Outgoing::Queue::always,
     .meanwhile = {{"MAIL", "451 4.3.0 later\r\n"}}},
    {.name = "queued, the last answer is lost",
     .queue = Outgoing::Queue::always,
     .meanwhile = {{".", ""}}},
    {.name = "direct", .queue = Outgoing::Queue::when_unreachable},
    {.name = "direct, the server goes away",
     .queue = Outgoing::Queue::when_unreachable,
     .meanwhile = {{"DATA", ""}}},
    {.name = "direct, the last answer is lost",
     .queue = Outgoing::Queue::when_unreachable,
     .meanwhile = {{".", ""}}},
};

class Killed : public store::Sending, public testing::WithParamInterface<Scenario> {
 protected:
  void SetUp() override {}  // threads of an account do not survive a fork

  /// A new account and a new server.
  void start_over() {
    leave_server();
    round_.emplace(store::quick_disk());
    {
      // Made before, so that the process begins where it usually does.
      const auto made = store::Account::open({.folder = home()});
      ASSERT_TRUE(made.has_value()) << made.error().text();
    }
    server_ = std::make_unique<postern::test::HostileSmtp>(loop_.io.get_executor(), nullptr);
    server_->instead = GetParam().always;
  }
  void leave_server() {
    if (!server_) return;
    server_->stop();
    loop_.run(server_->join());
    server_.reset();
  }
  void TearDown() override {
    leave_server();
    StoreTest::TearDown();
  }

  [[nodiscard]] std::filesystem::path home() const { return round_->path() / "anna"; }
  [[nodiscard]] Errand errand() const {
    Errand errand;
    errand.folder = home();
    errand.server.server = {"127.0.0.1", server_->port()};
    errand.server.tls = config::Tls::none;
    errand.server.username = "anna";
    errand.server.password.emplace();
    errand.server.password->from = config::SecretSource::Plain{Secret("secret")};
    errand.server.from = {letter().sender};
    errand.server.queue = GetParam().queue;
    return errand;
  }
  static Letter letter() {
    return {"anna@example.org",
            {"bert@example.org", "carl@example.org"},
            "From: anna@example.org\r\nTo: bert@example.org, carl@example.org\r\n"
            "Date: Sat, 28 Nov 2026 14:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n\r\nHi.\r\n"};
  }

  /// Hands the message in, and is killed in front of a write or at a step of the conversation; 0:
  /// not.
  Ending hand_in(std::int64_t killed_at, std::size_t killed_at_step) {
    Errand first = errand();
    first.letter = letter();
    first.killed_at = killed_at;
    server_->instead.insert(GetParam().meanwhile.begin(), GetParam().meanwhile.end());
    pid_t process = 0;
    std::size_t step = 0;
    server_->on_step = [&] {
      if (++step == killed_at_step) ::kill(process, SIGKILL);
    };
    const Ending ending = run_process(loop_, first, [&](pid_t id) { process = id; });
    server_->on_step = [] {};
    server_->instead = GetParam().always;
    return ending;
  }
  void look_into_the_account() {
    auto opened = store::Account::open({.folder = home()});
    ASSERT_TRUE(opened.has_value()) << opened.error().text();
    account = *opened;
  }
  /// So long that whatever waits is due, and nothing is known of attempts before.
  void time_passes() {
    account.reset();
    store::Database(home() / "mail.db").run("UPDATE submission SET due = 0, problem = ''");
  }
  void go_on() {
    time_passes();
    EXPECT_FALSE(run_process(loop_, errand(), [](pid_t) {}).killed);
    look_into_the_account();
  }

  /// The process is gone; another one goes on to the end.
  void resume_and_check(const Ending& first) {
    const Scenario& scenario = GetParam();
    const std::size_t before = server_->messages.size();
    look_into_the_account();
    if (HasFatalFailure()) return;
    const auto waiting = queue();
    ASSERT_LE(waiting.size(), 1U);
    ASSERT_LE(before, 1U);
    const bool doubtful = !waiting.empty() && waiting[0].certainty == store::Certainty::unknown;
    if (!waiting.empty() && !doubtful) {
      EXPECT_EQ(before, 0U) << "it may go out twice, and nobody knows";
    }
    const bool was_ours = first.accepted || !waiting.empty() || !shown("Sent").empty();
    go_on();
    if (HasFatalFailure()) return;
    EXPECT_TRUE(queue().empty());
    EXPECT_TRUE(shown("Outbox").empty());
    const std::size_t sent = server_->messages.size();
    if (was_ours && scenario.taken) {
      EXPECT_EQ(sent, 1 + (doubtful ? before : 0));
      EXPECT_EQ(shown("Sent").size(), 1U);
    } else {
      // A program that heard nothing still has the message.
      EXPECT_EQ(sent, before);
      EXPECT_TRUE(shown("Sent").empty());
    }
    for (const std::string& octets : server_->messages)
      EXPECT_EQ(octets, letter().octets + ".\r\n");
    check_reports(doubtful, was_ours);
    check_file();
  }
  void check_reports(bool doubtful, bool was_ours) {
    const auto reports = shown("INBOX");
    if (doubtful) {
      ASSERT_EQ(reports.size(), 1U);
      const std::string report = octets(entry("INBOX", reports[0]).body);
      EXPECT_THAT(report, HasSubstr("it was sent twice, perhaps"));
      EXPECT_THAT(report, HasSubstr("Final-Recipient: rfc822;bert@example.org\r\nAction: relayed"));
    } else if (was_ours) {
      EXPECT_EQ(reports.size(), GetParam().reported ? 1U : 0U);
    }
  }
  void check_file() {
    account.reset();
    const auto verified = store::verify(home() / "mail.db", [](const store::Progress&) {});
    ASSERT_TRUE(verified.has_value()) << verified.error().text();
    for (const store::Finding& finding : verified->findings) ADD_FAILURE() << finding.what;
  }

  net::test::Loop loop_;
  std::optional<store::TemporaryFolder> round_;
  std::unique_ptr<postern::test::HostileSmtp> server_;
};

TEST_P(Killed, NotAtAll) {
  start_over();
  const Ending ending = hand_in(0, 0);
  EXPECT_FALSE(ending.killed);
  resume_and_check(ending);
}

TEST_P(Killed, AtEachWrite) {  // J1, R16, E15
  for (std::int64_t write = 1;; ++write) {
    SCOPED_TRACE("write " + std::to_string(write));
    start_over();
    const Ending ending = hand_in(write, 0);
    resume_and_check(ending);
    if (HasFailure()) return;
    if (!ending.killed) {
      EXPECT_GT(write, 10);
      return;
    }
  }
}

TEST_P(Killed, AtEachStepOfTheConversation) {  // J1, R16, E15
  for (std::size_t step = 1;; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    start_over();
    const Ending ending = hand_in(0, step);
    resume_and_check(ending);
    if (HasFailure()) return;
    if (!ending.killed) {
      EXPECT_GT(step, 8U);
      return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Killed, testing::ValuesIn(scenarios), [](const auto& row) {
  std::string name = row.param.name;
  std::erase(name, ',');
  std::ranges::replace(name, ' ', '_');
  return name;
});

}  // namespace
}  // namespace postern::engine::outgoing
