// What of the queue outlives a kill, a repair and a backup.

#include <array>
#include <csignal>
#include <set>

#include <sys/wait.h>
#include <unistd.h>

#include "sync/store/backup.h"
#include "sync/store/database.h"
#include "sync/store/salvage.h"
#include "sync/store/verification.h"
#include "tests/store/store_fixture.h"

namespace postern::store {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using State = SubmissionRecipient::State;

constexpr auto nothing = [](const Progress&) {};

std::string letter(int number) {
  const std::string id = std::to_string(number);
  return "Message-ID: <" + id + "@example.org>\r\nSubject: " + id + "\r\n\r\nHello.\r\n";
}

NewSubmission envelope(int number, std::size_t recipients) {
  NewSubmission made{.outgoing = "example",
                     .sender = "a@example.org",
                     .parameters = "",
                     .recipients = {},
                     .message_id = std::to_string(number) + "@example.org"};
  for (std::size_t i = 0; i < recipients; ++i) {
    made.recipients.push_back(
        {.address = "to" + std::to_string(i) + "@example.net", .parameters = "", .answer = ""});
  }
  return made;
}

Result<Submission> submit(Account& account, int number, std::size_t recipients = 1) {
  return write(account, [&](Transaction& t) {
    IncomingBody incoming(account.spool());
    NewBody body = incoming.finish(letter(number));
    return t.submit(body, envelope(number, recipients));
  });
}

void settle(Account& account, const Submission& submission, State state) {
  Settlement settlement{.recipients = submission.recipients, .problem = "later", .due = {}};
  for (SubmissionRecipient& recipient : settlement.recipients) recipient.state = state;
  write(account, [&](Transaction& t) { return t.settle(submission.id, settlement); });
}

/// What a process says that it has done, in this order for each message.
enum class Done : int { accepted, begun, at_dot, settled, appended };
struct Word {
  int number;
  Done done;
};

/// Sends message after message, each of which its program appends to Sent afterwards, until it
/// dies.
[[noreturn]] void live(const fs::path& folder, int number, int words) {
  auto opened = Account::open({.folder = folder});
  if (!opened) ::_exit(1);
  Account& account = **opened;
  const MailboxId sent = account.tree()->find("Sent")->id;
  const auto say = [words](int of, Done done) {
    const Word word{of, done};
    if (::write(words, &word, sizeof word) != sizeof word) ::_exit(2);
  };
  for (;; ++number) {
    const auto made = submit(account, number);
    say(number, Done::accepted);
    write(account, [&](Transaction& t) { return t.begin_attempt(made->id, {}).has_value(); });
    say(number, Done::begun);
    write(account, [&](Transaction& t) { return t.final_dot(made->id); });
    say(number, Done::at_dot);
    settle(account, *made, State::sent);
    say(number, Done::settled);
    write(account, [&](Transaction& t) {
      IncomingBody incoming(account.spool());
      NewBody body = incoming.finish(letter(number));
      return t.append_by_client(sent, body, {}, {});
    });
    say(number, Done::appended);
  }
}

class QueueSurvival : public StoreTest {
 protected:
  [[nodiscard]] fs::path home() const { return folder.path() / "anna"; }
  [[nodiscard]] fs::path file() const { return home() / "mail.db"; }
  [[nodiscard]] std::vector<Submission> queue() const {
    return read(*account, [](Reader& reader) { return reader.submissions(); });
  }
  void change(const char* sql) {
    account.reset();
    Database(file()).run(sql);
  }
  Salvaged repair() {
    account.reset();
    auto saved = salvage(home(), nothing);
    EXPECT_TRUE(saved.has_value()) << saved.error().text();
    open();
    const auto verified = verify(file(), nothing);
    EXPECT_TRUE(verified.has_value());
    for (const Finding& finding : verified->findings) ADD_FAILURE() << finding.what;
    return saved.value_or(Salvaged());
  }
  std::size_t in_sent(int number) {
    std::size_t found = 0;
    mailbox("Sent")->latest()->for_each([&](SeqNum, const Entry& entry) {
      if (octets(entry.body) == letter(number)) ++found;
    });
    return found;
  }
  [[nodiscard]] std::size_t size_of(const std::string& name) const {
    return id(name) == MailboxId(0) ? 0 : mailbox(name)->latest()->size();
  }
};

/// Runs it until it has said `count` words, then kills it wherever it is; the last word.
Word run_and_kill(const fs::path& folder, int first, int count) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe(ends.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    live(folder, first, ends[1]);
  }
  ::close(ends[1]);
  Word last{first - 1, Done::appended};
  for (Word word{}; ::read(ends[0], &word, sizeof word) == sizeof word;) {
    last = word;
    if (--count == 0) ::kill(child, SIGKILL);
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  return last;
}

// J1: what was accepted is queued or settled, and nobody takes for certain what is not.
TEST_F(QueueSurvival, AKillAtAnyStepLosesNothingAndDoublesNothing) {  // R16, E15
  account.reset();
  int next = 1;
  std::set<int> accepted;
  for (int round = 0; round < 15; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const Word last = run_and_kill(home(), next, 1 + round);
    open();
    ASSERT_NE(account, nullptr);
    const auto queued = queue();
    ASSERT_LE(queued.size(), 1U);
    EXPECT_EQ(size_of("Outbox"), queued.size());
    // One step more may be on disk than was said.
    if (queued.empty()) {
      EXPECT_TRUE(last.done == Done::at_dot || last.done == Done::settled ||
                  last.done == Done::appended);
    } else {
      const bool said = queued[0].message_id == std::to_string(last.number) + "@example.org";
      EXPECT_EQ(said, last.done != Done::appended);
      if (said && last.done == Done::at_dot) {
        EXPECT_EQ(queued[0].certainty, Certainty::unknown);
      }
      if (queued[0].attempts == 0) {
        EXPECT_EQ(queued[0].certainty, Certainty::certain);
      }
      EXPECT_EQ(octets(queued[0].body), letter(said ? last.number : last.number + 1));
      settle(*account, queued[0], State::sent);
    }
    for (int number = next; number <= last.number; ++number) accepted.insert(number);
    next = last.number + 2;
    for (int number = 1; number < next; ++number) {
      EXPECT_LE(in_sent(number), 1U) << number;
      if (accepted.contains(number)) {
        EXPECT_EQ(in_sent(number), 1U) << number;
      }
    }
    account.reset();
  }
}

TEST_F(QueueSurvival, ARepairKeepsWhatWaits) {
  for (int number = 1; number <= 3; ++number) ASSERT_TRUE(submit(*account, number, 2));
  write(*account, [](Transaction& t) { return t.begin_attempt(SubmissionId(2), {}).has_value(); });
  std::vector<Submission> before = queue();
  const Salvaged saved = repair();
  EXPECT_THAT(saved.notes, IsEmpty());
  const std::vector<Submission> after = queue();
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    before[i].certainty = Certainty::unknown;
    before[i].body = after[i].body;
    EXPECT_EQ(after[i], before[i]);
    EXPECT_EQ(octets(after[i].body), letter(static_cast<int>(after[i].id.value)));
  }
  EXPECT_EQ(submit(*account, 4)->id, SubmissionId(4));
}

TEST_F(QueueSurvival, ARepairTellsWhatWaitsNoMore) {
  for (int number = 1; number <= 3; ++number) ASSERT_TRUE(submit(*account, number, 3));
  change(
      "DELETE FROM submission_recipient WHERE submission = 1;"
      "DELETE FROM submission_recipient WHERE submission = 2 AND number = 1;"
      "UPDATE submission_recipient SET state = 9 WHERE submission = 3 AND number = 0");
  const Salvaged saved = repair();
  EXPECT_THAT(saved.notes, Contains(HasSubstr("1 messages waited to be sent")));
  EXPECT_THAT(saved.notes, Contains(HasSubstr("of 1 messages that wait")));
  const auto after = queue();
  ASSERT_THAT(after, SizeIs(2));
  ASSERT_THAT(after[0].recipients, SizeIs(2));
  EXPECT_EQ(after[0].recipients[1].address, "to2@example.net");
  EXPECT_EQ(after[1].recipients[0].state, State::due);
  EXPECT_EQ(size_of("Outbox"), 3U) << "the message itself is there";
  settle(*account, after[0], State::sent);
  EXPECT_THAT(queue(), SizeIs(1));
}

TEST_F(QueueSurvival, ARepairForgetsCopiesThatAreNotThere) {
  const auto made = submit(*account, 1);
  settle(*account, *made, State::sent);
  const auto again = submit(*account, 2);
  settle(*account, *again, State::sent);
  change("UPDATE sent_copy SET uid = 70 WHERE uid = 1");
  repair();
  const auto append = [&](int number) {
    return write(*account, [&](Transaction& t) {
      NewBody arrived = body(letter(number));
      return t.append_by_client(id("Sent"), arrived, {}, {});
    });
  };
  EXPECT_EQ(append(2)->uid, Uid(2));
  EXPECT_EQ(append(1)->uid, Uid(3));
}

TEST_F(QueueSurvival, ABackupHasWhatWaits) {
  ASSERT_TRUE(submit(*account, 1, 2));
  const fs::path target = folder.path() / "backup";
  ASSERT_TRUE(back_up(file(), target, "anna", nothing));
  ASSERT_TRUE(submit(*account, 2, 1));
  settle(*account, queue()[0], State::sent);
  ASSERT_TRUE(back_up(file(), target, "anna", nothing));
  Submission expected = queue()[0];
  expected.certainty = Certainty::unknown;
  account.reset();
  ASSERT_TRUE(restore(target, folder.path() / "berta", Replace::no, nothing));
  account = *Account::open({.folder = folder.path() / "berta"});
  ASSERT_THAT(queue(), SizeIs(1));
  EXPECT_EQ(queue()[0], expected);
  EXPECT_EQ(octets(queue()[0].body), letter(2));
}

}  // namespace
}  // namespace postern::store
