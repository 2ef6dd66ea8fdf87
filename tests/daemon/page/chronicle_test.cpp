#include "proxy/daemon/page/chronicle.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace postern::daemon::page {
namespace {

using namespace std::chrono_literals;
using engine::SourceState;
using nlohmann::json;

class ChronicleTest : public testing::Test {
 protected:
  void says(SourceState state, std::uint64_t fetched = 0, const std::string& detail = {}) {
    status.state = state;
    status.fetched = fetched;
    status.detail = detail;
    chronicle.note(status, now, today);
  }
  void pass(std::chrono::seconds time) {
    now += time;
    today += time;
  }
  [[nodiscard]] json polls() const { return chronicle.to_json().at("polls"); }
  [[nodiscard]] json problems() const { return chronicle.to_json().at("problems"); }

  ChronicleTest() {
    status.account = "anna";
    status.source = "pop3://anna@pop.example.net:995";
  }

  SteadyTime now = SteadyTime() + 1h;
  WallTime today = WallTime(1'800'000'000s);
  engine::SourceStatus status;
  Chronicle chronicle;
};

TEST_F(ChronicleTest, TellsHowLongAPollTookAndWhatItFetched) {
  says(SourceState::polling, 5);
  pass(1s);
  says(SourceState::polling, 7);
  pass(2s);
  says(SourceState::idle, 9);
  const json all = polls();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0]["source"], "pop3://anna@pop.example.net:995");
  const json& poll = all[0]["polls"].at(0);
  EXPECT_EQ(poll["seconds"], 3.0);
  EXPECT_EQ(poll["fetched"], 4U);
  EXPECT_EQ(poll["state"], "idle");
  EXPECT_EQ(poll["time"], "2027-01-15T08:00:00Z");
  EXPECT_TRUE(problems().empty());
}

TEST_F(ChronicleTest, CountsWhatGoesWrongAgain) {
  for (int i = 0; i < 3; ++i) {
    says(SourceState::polling);
    pass(1s);
    says(SourceState::throttled, 0, fmt::format("for the time {}", i));
    pass(1min);
  }
  json all = problems();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0]["times"], 3U);
  EXPECT_EQ(all[0]["detail"], "for the time 2");
  EXPECT_EQ(all[0]["first"], "2027-01-15T08:00:01Z");
  EXPECT_EQ(all[0]["last"], "2027-01-15T08:02:03Z");
  EXPECT_FALSE(all[0]["over"].get<bool>());
  says(SourceState::polling);
  says(SourceState::idle);
  EXPECT_TRUE(problems()[0]["over"].get<bool>());
  says(SourceState::polling);
  says(SourceState::throttled);
  EXPECT_EQ(problems().size(), 2U) << "what is over does not go on";
}

TEST_F(ChronicleTest, IsOverForTheSourceThatIsGoodAgainAlone) {
  says(SourceState::unreachable);
  status.source = "pop3://other@pop.example.net:995";
  says(SourceState::wrong_password);
  says(SourceState::polling);
  says(SourceState::idle);
  const json all = problems();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0]["state"], "wrong_password");
  EXPECT_TRUE(all[0]["over"].get<bool>());
  EXPECT_FALSE(all[1]["over"].get<bool>());
}

TEST_F(ChronicleTest, ForgetsTheOldest) {
  for (std::size_t i = 0; i <= Chronicle::polls_of_source; ++i) {
    says(SourceState::polling, i);
    pass(1s);
    says(SourceState::idle, i);
  }
  const json kept = polls()[0]["polls"];
  EXPECT_EQ(kept.size(), Chronicle::polls_of_source);
  EXPECT_EQ(kept[0]["time"], "2027-01-15T08:00:01Z");
  for (std::size_t i = 0; i < Chronicle::most_problems + 1; ++i) {
    status.account = fmt::format("account {}", i);
    says(SourceState::unreachable);
  }
  EXPECT_EQ(problems().size(), Chronicle::most_problems);
  EXPECT_EQ(problems()[0]["account"], fmt::format("account {}", Chronicle::most_problems));
}

TEST_F(ChronicleTest, IsBoundedInSources) {
  for (std::size_t i = 0; i < Chronicle::most_sources + 5; ++i) {
    status.account = fmt::format("account {}", i);
    says(SourceState::polling);
  }
  EXPECT_EQ(polls().size(), Chronicle::most_sources);
}

}  // namespace
}  // namespace postern::daemon::page
