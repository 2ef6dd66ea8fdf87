#include "proxy/web/doorkeeper.h"

#include <gtest/gtest.h>

#include "tests/web/fake_house.h"

namespace postern::web {
namespace {

using namespace std::chrono_literals;

class DoorkeeperTest : public testing::Test {
 protected:
  FakeHouse house;
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

}  // namespace
}  // namespace postern::web
