#include "proxy/web/doorkeeper.h"

#include <algorithm>
#include <optional>

#include <gtest/gtest.h>

#include "tests/web/fake_house.h"

namespace postern::web {
namespace {

using namespace std::chrono_literals;

class DoorkeeperTest : public testing::Test {
 protected:
  FakeHouse house;
  /// And keeps what is to be kept.
  void take_back(std::string_view cookie, std::string_view token, WallTime when) {
    if (auto text = keeper.take_back(cookie, token, when)) house.kept_text = std::move(*text);
  }

  Doorkeeper keeper{house, 2};
  SteadyTime now = SteadyTime() + 1h;
  WallTime today = WallTime(1'800'000'000s);
};

TEST_F(DoorkeeperTest, TakesAnInvitationOnce) {  // I5
  const std::string invitation = keeper.invite(now + 1min);
  EXPECT_EQ(invitation.size(), 32U);
  EXPECT_FALSE(keeper.redeem("", now, today));
  EXPECT_FALSE(keeper.redeem(invitation.substr(1), now, today));
  const auto pass = keeper.redeem(invitation, now, today);
  ASSERT_TRUE(pass);
  EXPECT_FALSE(keeper.redeem(invitation, now, today));
  EXPECT_TRUE(keeper.admits(pass->cookie, pass->token, today));
}

TEST_F(DoorkeeperTest, TakesNoneThatIsOld) {
  const std::string invitation = keeper.invite(now + 1min);
  EXPECT_FALSE(keeper.redeem(invitation, now + 1min, today));
}

TEST_F(DoorkeeperTest, RemembersFew) {
  const std::string first = keeper.invite(now + 1min);
  const std::string second = keeper.invite(now + 1min);
  const std::string third = keeper.invite(now + 1min);
  EXPECT_FALSE(keeper.redeem(first, now, today));
  EXPECT_TRUE(keeper.redeem(second, now, today));
  EXPECT_TRUE(keeper.redeem(third, now, today));
}

TEST_F(DoorkeeperTest, WantsBothHalvesOfAPass) {  // I3, I5
  const auto one = keeper.redeem(keeper.invite(now + 1min), now, today);
  const auto other = keeper.redeem(keeper.invite(now + 1min), now, today);
  ASSERT_TRUE(one && other);
  EXPECT_FALSE(keeper.admits(one->cookie, "", today));
  EXPECT_FALSE(keeper.admits(one->cookie, other->token, today));
  EXPECT_FALSE(keeper.admits("", one->token, today));
  EXPECT_FALSE(keeper.admits("AAAA", one->token, today));
  EXPECT_FALSE(keeper.admits("no base64", one->token, today));
}

TEST_F(DoorkeeperTest, LetsAPassEnd) {
  const auto pass = keeper.redeem(keeper.invite(now + 1min), now, today);
  ASSERT_TRUE(pass);
  EXPECT_TRUE(keeper.admits(pass->cookie, pass->token, today + Doorkeeper::pass_lifetime - 1s));
  EXPECT_FALSE(keeper.admits(pass->cookie, pass->token, today + Doorkeeper::pass_lifetime));
}

TEST_F(DoorkeeperTest, KnowsPassesOfBefore) {
  const auto pass = keeper.redeem(keeper.invite(now + 1min), now, today);
  ASSERT_TRUE(pass);
  const Doorkeeper after_restart(house, 2);
  EXPECT_TRUE(after_restart.admits(pass->cookie, pass->token, today));
}

TEST_F(DoorkeeperTest, TakesAPassBackForGood) {  // I5
  const auto mine = keeper.redeem(keeper.invite(now + 1min), now, today);
  const auto other = keeper.redeem(keeper.invite(now + 1min), now, today);
  ASSERT_TRUE(mine && other);
  take_back(mine->cookie, other->token, today);
  EXPECT_TRUE(keeper.admits(mine->cookie, mine->token, today)) << "one half is no pass";
  take_back(mine->cookie, mine->token, today);
  EXPECT_FALSE(keeper.admits(mine->cookie, mine->token, today));
  EXPECT_TRUE(keeper.admits(other->cookie, other->token, today));
  Doorkeeper after_restart(house, 2);
  EXPECT_FALSE(after_restart.admits(mine->cookie, mine->token, today));
  EXPECT_TRUE(after_restart.admits(other->cookie, other->token, today));
  EXPECT_EQ(house.kept_text.find(mine->token), std::string::npos) << "what is kept is no pass";
}

TEST_F(DoorkeeperTest, RemembersPassesUntilTheirEnd) {
  const auto first = keeper.redeem(keeper.invite(now + 1min), now, today);
  take_back(first->cookie, first->token, today);
  const WallTime later = today + Doorkeeper::pass_lifetime;
  const auto second = keeper.redeem(keeper.invite(now + 1min), now, later);
  take_back(second->cookie, second->token, later);
  EXPECT_EQ(std::ranges::count(house.kept_text, '\n'), 2) << "the end of all, and the second one";
}

TEST_F(DoorkeeperTest, EndsTheOldOnesRatherThanForgetWhichWereTakenBack) {
  const auto older = keeper.redeem(keeper.invite(now + 1min), now, today);
  std::optional<Doorkeeper::Pass> first;
  for (std::size_t i = 0; i <= Doorkeeper::most_returned; ++i) {
    const auto pass = keeper.redeem(keeper.invite(now + 1min), now, today + 1s);
    ASSERT_TRUE(pass);
    if (!first) first = pass;
    take_back(pass->cookie, pass->token, today + 1s);
  }
  const auto younger = keeper.redeem(keeper.invite(now + 1min), now, today + 2s);
  EXPECT_FALSE(keeper.admits(first->cookie, first->token, today + 2s));
  EXPECT_FALSE(keeper.admits(older->cookie, older->token, today + 2s));
  EXPECT_TRUE(keeper.admits(younger->cookie, younger->token, today + 2s));
  EXPECT_EQ(std::ranges::count(house.kept_text, '\n'), 1);
  Doorkeeper after_restart(house, 2);
  EXPECT_FALSE(after_restart.admits(older->cookie, older->token, today + 2s));
}

TEST_F(DoorkeeperTest, KeepsNothingForAStranger) {
  take_back("AAAA", "x", today);
  EXPECT_EQ(house.kept_text, "");
}

}  // namespace
}  // namespace postern::web
