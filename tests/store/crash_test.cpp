#include <csignal>
#include <map>
#include <random>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/store/store_fixture.h"

namespace postern::store {
namespace {

constexpr const char* key = "pop3://anna@pop.example.net:995";

std::string octets_of(int number) {
  std::mt19937 random(static_cast<unsigned>(number));
  std::string text;
  const std::size_t size = random() % 20 == 0 ? 300'000 : random() % 4000;
  while (text.size() < size) text += static_cast<char>('a' + random() % 26);
  return message(std::to_string(number), text + "\r\n");
}

/// The life of the process that is killed: delivers message after message, expunges every third,
/// and says what was answered, until it dies.
[[noreturn]] void live(const std::filesystem::path& folder, int first, int answers) {
  auto opened = Account::open({.folder = folder});
  if (!opened) ::_exit(1);
  Account& account = **opened;
  const MailboxId inbox = account.tree()->find("INBOX")->id;
  const SourceId source = write(account, [](Transaction& t) { return t.source(key, true); });
  for (int number = first;; ++number) {
    const auto uid = write(account, [&](Transaction& t) -> Result<Uid> {
      IncomingBody incoming(account.spool());
      incoming.feed(octets_of(number));
      NewBody arrived = incoming.finish();
      const auto delivered = t.deliver(source, inbox, arrived,
                                       {.uidl = "u" + std::to_string(number), .now = wall_now()});
      return (*delivered)->uid;
    });
    if (::write(answers, &number, sizeof number) != sizeof number) ::_exit(2);
    if (number % 3 != 0) continue;
    write(account, [&](Transaction& t) {
      UidSet set;
      set.add(*uid);
      static_cast<void>(t.store_flags(inbox, set, FlagChange::add, {.system = 8, .keywords = {}}));
      return t.expunge(inbox, set);
    });
    const int expunged = -number;
    if (::write(answers, &expunged, sizeof expunged) != sizeof expunged) ::_exit(2);
  }
}

struct Answers {
  std::map<int, bool> expunged;  ///< by number: whether its expunge was answered
};

/// Runs the process until it has answered `count` times, then kills it wherever it is.
void run_and_kill(const std::filesystem::path& folder, int first, int count, Answers& answers) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::close(ends[0]);
    live(folder, first, ends[1]);
  }
  ::close(ends[1]);
  int number = 0;
  while (::read(ends[0], &number, sizeof number) == sizeof number) {
    if (number > 0) answers.expunged.emplace(number, false);
    if (number < 0) answers.expunged[-number] = true;
    if (--count == 0) ::kill(child, SIGKILL);  // and on with what it had answered by then
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
}

class Crash : public StoreTest {
 protected:
  void SetUp() override {}  // the account is opened between crashes only

  /// Of all that was answered nothing is lost, twice or back again, and no UID means another
  /// message; returns the highest number that is there.
  int check(const Answers& answers) {
    std::map<std::string, Origin> origins;
    for (const Origin& one : read(*account, [](Reader& r) { return r.origins(key); }))
      EXPECT_TRUE(origins.emplace(one.uidl, one).second) << one.uidl << " is there twice";
    std::map<std::string, int> shown;
    const auto inbox = mailbox("INBOX")->latest();
    inbox->for_each([&](SeqNum, const Entry& entry) {
      const std::string found = octets(entry.body);
      const std::size_t at = found.find("Subject: ") + 9;
      const std::string number = found.substr(at, found.find('\r', at) - at);
      EXPECT_TRUE(found == octets_of(std::stoi(number)));
      EXPECT_EQ(++shown["u" + number], 1) << number << " is shown twice";
      EXPECT_LT(entry.uid, inbox->head().uid_next);
      EXPECT_LE(entry.mod_seq, inbox->head().highest_mod_seq);
    });
    int highest = 0;
    for (const auto& [uidl, origin] : origins) {
      EXPECT_EQ(shown.contains(uidl), !origin.expunged) << uidl;
      highest = std::max(highest, std::stoi(uidl.substr(1)));
    }
    for (const auto& [number, expunged] : answers.expunged) {
      const std::string uidl = "u" + std::to_string(number);
      EXPECT_TRUE(origins.contains(uidl)) << uidl << " is lost";
      if (expunged) {
        EXPECT_TRUE(origins[uidl].expunged) << uidl << " is back";
      }
    }
    return highest;
  }
};

TEST_F(Crash, LosesNothingThatWasAnsweredAndDoublesNothing) {  // J1
  Answers answers;
  int next = 1;
  std::uint32_t uid_next = 1;
  for (int round = 0; round < 12; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    run_and_kill(folder.path() / "anna", next, 3 + round * 2, answers);
    if (HasFatalFailure()) return;
    open();
    ASSERT_NE(account, nullptr);
    next = check(answers) + 1;
    const auto head = mailbox("INBOX")->latest()->head();
    EXPECT_GE(head.uid_next.value, uid_next);
    uid_next = head.uid_next.value;
    EXPECT_EQ(write(*account, [](Transaction& t) { return t.source(key, true); }), SourceId(1));
    account.reset();
  }
  EXPECT_GT(answers.expunged.size(), 50U);
}

}  // namespace
}  // namespace postern::store
