// A whole poll against a server whose answers are damaged at random (tests/checks.md, K18). What is
// damaged is everything but the octets of messages: of those a client cannot know better. Nothing
// is deleted there that is not stored here (the fixture asserts that at each DELE and QUIT), and
// when the server has come to its senses each message is here once.

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tests/engine/sync_fixture.h"

namespace postern::engine {
namespace {

using config::KeepOnServer;

/// More of them than a test has time for: POSTERN_ROUNDS=10000.
unsigned rounds() {
  const char* wanted = std::getenv("POSTERN_ROUNDS");
  return wanted == nullptr ? 40 : static_cast<unsigned>(std::stoul(wanted));
}

class Damage {
 public:
  explicit Damage(unsigned seed) : random_(seed) {}

  /// One answer in `rarity` is not as it should be. An answer never becomes two.
  std::optional<std::string> operator()(std::string answer) {
    if (!one_in(rarity_)) return answer;
    const std::size_t first_line = answer.find('\n');
    const bool is_message = answer.starts_with("+OK retr");
    // The rest of a message stays as it is.
    std::string behind = is_message ? answer.substr(first_line - 1) : "";
    if (is_message) answer.resize(first_line - 1);
    switch (below(6)) {
      case 0: return std::nullopt;
      case 1: answer.resize(below(answer.size() + 1)); break;
      case 2: answer.erase(below(answer.size() + 1), below(12)); break;
      case 3: answer = octets(below(60)) + (is_message ? "" : "\r\n"); break;
      case 4: answer.insert(below(answer.size() + 1), octets(below(20))); break;
      default: change_one(answer); break;
    }
    return answer + behind;
  }

  std::string octets(std::size_t count) {
    std::string made;
    while (made.size() < count) made += octet();
    return made;
  }
  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }

 private:
  bool one_in(std::size_t count) { return below(count) == 0; }
  char octet() {
    const auto any = static_cast<char>(below(256));
    return any == '\n' ? ' ' : any;
  }
  void change_one(std::string& answer) {
    const std::size_t at = below(answer.size() + 1);
    if (at < answer.size() && answer[at] != '\n') answer[at] = octet();
  }

  std::mt19937 random_;
  std::size_t rarity_ = 2 + below(20);
};

class RandomServerTest : public SyncTest, public testing::WithParamInterface<KeepOnServer::Rule> {
 protected:
  void prepare(Damage& damage) {
    start_over();
    source.keep_on_server = {GetParam(), {}};
    ever_.clear();
    // Ids that no damage turns into one another.
    for (int i = 0; i < 6; ++i) arrive(id_of(damage));
    for (const auto& message : server->maildrop) ever_.insert(complete(message.octets));
  }
  void poll_damaged(Damage& damage) {
    server->quirks.garbled = [&damage](std::string answer) { return damage(std::move(answer)); };
    patience = std::chrono::milliseconds(30);
    (void)poll();
    stop_server_sessions();
    calm();
  }
  /// Polls that go well, by a program that was started anew.
  void behave() {
    patience = std::chrono::seconds(5);
    restart();
    for (int i = 0; i < 3; ++i) {
      const PollResult result = poll();
      EXPECT_FALSE(result.trouble) << result.trouble->detail;
    }
  }
  void check() {
    const auto here = stored();
    const std::set<std::string> different(here.begin(), here.end());
    EXPECT_EQ(here.size(), different.size()) << "one came twice";
    EXPECT_EQ(different, ever_);
    if (GetParam() == KeepOnServer::Rule::never) {
      EXPECT_TRUE(server->maildrop.empty());
    } else {
      EXPECT_EQ(server->maildrop.size(), ever_.size());
    }
  }

 private:
  static std::string id_of(Damage& damage) {
    std::string id;
    while (id.size() < 30) id += static_cast<char>('a' + damage.below(26));
    return id;
  }

  std::set<std::string> ever_;  ///< what the server ever held
};

TEST_P(RandomServerTest, LosesNothingAndDeliversNothingTwice) {  // K18
  for (unsigned seed = 0; seed < rounds() && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Damage damage(seed);
    prepare(damage);
    for (int i = 0; i < 3; ++i) poll_damaged(damage);
    behave();
    check();
  }
}

TEST_P(RandomServerTest, NothingIsDeletedAtAServerThatSaysNothingButOctets) {  // K18
  for (unsigned seed = 0; seed < rounds() && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Damage damage(seed);
    prepare(damage);
    server->quirks.garbled = [&damage, answers = damage.below(8)](std::string answer) mutable {
      if (answers == 0) return std::optional(damage.octets(damage.below(2000)) + "\r\n");
      --answers;
      return std::optional(std::move(answer));
    };
    patience = std::chrono::milliseconds(30);
    (void)poll();
    stop_server_sessions();
    EXPECT_EQ(server->count("DELE"), 0U);
    calm();
    behave();
    check();
  }
}

INSTANTIATE_TEST_SUITE_P(Damaged, RandomServerTest,
                         testing::Values(KeepOnServer::Rule::forever, KeepOnServer::Rule::never),
                         [](const auto& instance) {
                           return instance.param == KeepOnServer::Rule::never ? "deleting"
                                                                              : "keeping";
                         });

}  // namespace
}  // namespace postern::engine
