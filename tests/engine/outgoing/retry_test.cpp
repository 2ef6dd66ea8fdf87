#include "sync/engine/outgoing/retry.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace postern::engine::outgoing {
namespace {

using namespace std::chrono_literals;
using State = store::SubmissionRecipient::State;
using store::Certainty;
using wire::smtp::Reply;

const WallTime accepted{std::chrono::seconds(1'800'000'000)};

store::Submission submission(std::size_t recipients) {
  store::Submission out;
  out.sender = "anna@example.org";
  for (std::size_t i = 0; i < recipients; ++i)
    out.recipients.push_back({std::to_string(i) + "@example.org", "", State::due, ""});
  out.accepted = out.due = accepted;
  out.attempts = 1;
  return out;
}

Reply reply(unsigned code) {
  return {code, std::nullopt, {"words"}};
}

TEST(Retry, PausesGrow) {
  auto last = 0s;
  for (std::uint32_t attempts = 0; attempts < 20; ++attempts) {
    const auto pause = pause_after(attempts);
    EXPECT_GE(pause, last) << attempts;
    EXPECT_GE(pause, 1min) << attempts;
    EXPECT_LE(pause, 4h) << attempts;
    last = pause;
  }
  EXPECT_EQ(last, 4h);
}

TEST(Retry, ADoubtfulOneWaitsAnHour) {  // E15
  for (const std::uint32_t attempts : {1U, 3U, 7U, 8U, 50U}) {
    store::Submission one = submission(1);
    one.attempts = attempts;
    one.due = accepted + pause_after(attempts);
    EXPECT_EQ(due_of(one), one.due);
    one.certainty = Certainty::unknown;
    EXPECT_GE(due_of(one) - accepted, 1h) << attempts;
    EXPECT_GE(due_of(one), one.due) << attempts;
  }
}

struct Row {
  const char* name;
  std::vector<unsigned> replies;  ///< of MAIL and of each recipient
  std::optional<unsigned> message;
  std::string trouble;
  std::vector<State> after;
};

TEST(Retry, SettlesEachRecipient) {  // E16, RFC 5321 section 4.5.4.1
  using enum State;
  const Row rows[] = {
      {"all went well", {250, 250, 250}, 250, "", {sent, sent}},
      {"one is refused for good", {250, 550, 250}, 250, "", {failed, sent}},
      {"one is to wait", {250, 250, 450}, 250, "", {sent, due}},
      {"the sender is refused", {550}, std::nullopt, "", {failed, failed}},
      {"the sender is to wait", {451}, std::nullopt, "", {due, due}},
      {"the server goes away in order", {421}, std::nullopt, "", {due, due}},
      {"the message is refused", {250, 250, 250}, 554, "", {failed, failed}},
      {"the message is to wait", {250, 250, 250}, 452, "", {due, due}},
      {"refused, and the message is to wait", {250, 550, 250}, 421, "", {failed, due}},
      {"nobody was reached", {}, std::nullopt, "unreachable", {due, due}},
      {"lost after the sender", {250}, std::nullopt, "lost", {due, due}},
      {"lost after the recipients", {250, 550, 250}, std::nullopt, "lost", {failed, due}},
  };
  for (const Row& row : rows) {
    Attempt attempt;
    for (const unsigned code : row.replies) attempt.replies.push_back(reply(code));
    if (row.message) attempt.message = reply(*row.message);
    attempt.trouble = row.trouble;
    const auto settled = settlement(submission(2), attempt, accepted + 1h);
    ASSERT_EQ(settled.recipients.size(), 2U) << row.name;
    for (std::size_t i = 0; i < 2; ++i)
      EXPECT_EQ(settled.recipients[i].state, row.after[i]) << row.name << i;
    EXPECT_EQ(settled.due, accepted + 1h + pause_after(1)) << row.name;
    EXPECT_EQ(settled.certainty, Certainty::certain) << row.name;
  }
}

TEST(Retry, PassesOverThoseThatAreDoneWith) {  // E16
  store::Submission one = submission(3);
  one.recipients[0].state = State::sent;
  one.recipients[1].state = State::failed;
  one.recipients[1].answer = "550 before";
  Attempt attempt;
  attempt.replies = {reply(250), reply(250)};
  attempt.message = reply(250);
  const auto settled = settlement(one, attempt, accepted + 1h);
  EXPECT_EQ(settled.recipients[0], one.recipients[0]);
  EXPECT_EQ(settled.recipients[1], one.recipients[1]);
  EXPECT_EQ(settled.recipients[2].state, State::sent);
}

TEST(Retry, GivesUpAfterFiveDays) {
  Attempt attempt;
  attempt.trouble = "mx.example: nobody there";
  store::Submission often = submission(1);
  often.attempts = least_attempts;
  const auto before = settlement(often, attempt, accepted + 5 * 24h - 1s);
  EXPECT_EQ(before.recipients[0].state, State::due);
  EXPECT_EQ(before.problem, attempt.trouble);
  // A clock that was wrong when it came.
  EXPECT_EQ(settlement(submission(1), attempt, accepted + 500 * 24h).recipients[0].state,
            State::due);
  const auto after = settlement(often, attempt, accepted + 5 * 24h);
  EXPECT_EQ(after.recipients[0].state, State::failed);
  EXPECT_EQ(after.recipients[0].answer, attempt.trouble);
}

TEST(Retry, KeepsTheDoubt) {  // E15
  Attempt attempt;
  attempt.replies = {reply(250), reply(250)};
  attempt.trouble = "lost";
  attempt.certainty = Certainty::unknown;
  const auto settled = settlement(submission(1), attempt, accepted + 1h);
  EXPECT_EQ(settled.certainty, Certainty::unknown);
  EXPECT_EQ(settled.recipients[0].state, State::due);
}

}  // namespace
}  // namespace postern::engine::outgoing
