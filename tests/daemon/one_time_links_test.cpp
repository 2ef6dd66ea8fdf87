#include "proxy/daemon/devices/one_time_links.h"

#include <gtest/gtest.h>

namespace postern::daemon {
namespace {

using namespace std::chrono_literals;

class OneTimeLinksTest : public testing::Test {
 protected:
  std::string make(const char* device) {
    return links.make({{.account = "anna", .name = device, .sender = {}}, Secret("k7qm")}, now);
  }

  SteadyTime now = SteadyTime() + 1h;
  OneTimeLinks links;
};

TEST_F(OneTimeLinksTest, GiveOnce) {  // I5
  const std::string link = make("phone");
  EXPECT_EQ(link.size(), 32U);
  ASSERT_NE(links.find(link, now), nullptr);
  EXPECT_EQ(links.find(link, now)->device.name, "phone") << "looking does not use it up";
  const auto gift = links.take(link, now);
  ASSERT_TRUE(gift.has_value());
  EXPECT_EQ(gift->password.reveal(), "k7qm");
  EXPECT_FALSE(links.take(link, now).has_value());
  EXPECT_EQ(links.find(link, now), nullptr);
}

TEST_F(OneTimeLinksTest, AreNotGuessed) {
  const std::string link = make("phone");
  EXPECT_NE(make("phone"), link);
  for (const std::string& wrong : {std::string(), link.substr(1), link + "0", std::string(32, '0')})
    EXPECT_FALSE(links.take(wrong, now).has_value()) << wrong;
}

TEST_F(OneTimeLinksTest, EndAfterAQuarterOfAnHour) {
  const std::string link = make("phone");
  EXPECT_NE(links.find(link, now + 15min - 1s), nullptr);
  EXPECT_EQ(links.find(link, now + 15min), nullptr);
  EXPECT_FALSE(links.take(link, now).has_value()) << "it is gone, whatever the time";
}

TEST_F(OneTimeLinksTest, AreFew) {
  const std::string first = make("phone");
  const std::string second = make("phone");
  for (std::size_t i = 2; i <= OneTimeLinks::most; ++i) make("phone");
  EXPECT_EQ(links.find(first, now), nullptr);
  EXPECT_NE(links.find(second, now), nullptr);
}

TEST_F(OneTimeLinksTest, EndWithTheirDevice) {
  const std::string phone = make("phone");
  const std::string laptop = make("laptop");
  links.forget("bert", "phone");
  EXPECT_NE(links.find(phone, now), nullptr);
  links.forget("anna", "phone");
  EXPECT_EQ(links.find(phone, now), nullptr);
  EXPECT_NE(links.find(laptop, now), nullptr);
}

}  // namespace
}  // namespace postern::daemon
