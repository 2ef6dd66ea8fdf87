#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/daemon/daemon.h"
#include "proxy/daemon/page/page_house.h"
#include "proxy/daemon/state_folder.h"
#include "tests/daemon/folder.h"
#include "tests/net/loop.h"

namespace postern::daemon::page {
namespace {

using daemon::test::TemporaryFolder;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// A daemon that listens on loopback, and its page.
class PageDevicesTest : public testing::Test {
 protected:
  PageDevicesTest() {
    config.state = folder.path / "state";
    config.listen.imap = {"127.0.0.1:0"};
    config.listen.submission = {"127.0.0.1:0"};
    config.listen.web = {"127.0.0.1:0"};
    config.accounts = {{"anna", {config::SecretSource::Plain{Secret("secret")}}, {}, {}}};
  }

  using Conversation = asio::awaitable<void> (PageDevicesTest::*)();
  void run(Conversation conversation) {
    const auto lock = StateFolder::open(config.state);
    ASSERT_TRUE(lock.has_value()) << lock.error().text();
    loop.run(with_daemon(conversation));
  }
  asio::awaitable<void> with_daemon(Conversation conversation) {
    Daemon started(loop.io.get_executor(), config);
    running = &started;
    PageHouse page(loop.io.get_executor(), started);
    house = &page;
    const auto problem = co_await started.start();
    EXPECT_FALSE(problem.has_value()) << problem->text();
    co_await (this->*conversation)();
    co_await started.stop();
    running = nullptr;
    house = nullptr;
  }
  asio::awaitable<json> add(const char* rights = "full") {
    json question = {{"account", "anna"}, {"name", "phone"}, {"rights", rights}};
    auto reply = co_await house->act("add_device", std::move(question));
    EXPECT_TRUE(reply.has_value()) << reply.error().text();
    co_return reply ? *reply : json();
  }

 public:
  asio::awaitable<void> tells_all();
  asio::awaitable<void> gives_once();
  asio::awaitable<void> offers_what_fits();
  asio::awaitable<void> ends_with_the_device();
  asio::awaitable<void> says_what_is_wrong();
  asio::awaitable<void> keeps();

 protected:
  static std::string link_in(const json& welcome) {
    const auto address = welcome.at("link").value("address", "");
    return address.substr(address.find('#') + 1);
  }

  TemporaryFolder folder;
  config::Config config;
  net::test::Loop loop;
  Daemon* running = nullptr;
  PageHouse* house = nullptr;
};

asio::awaitable<void> PageDevicesTest::tells_all() {
  const std::string before = house->pulse();
  const json welcome = co_await add();
  EXPECT_NE(house->pulse(), before) << "who listens is told of the new device";
  EXPECT_EQ(welcome["user"], "anna/phone");
  EXPECT_EQ(welcome.value("password", "").size(), 19U);
  EXPECT_EQ(welcome["servers"].size(), 2U);
  EXPECT_EQ(welcome["servers"][0]["what"], "imap");
  EXPECT_EQ(welcome["servers"][1]["what"], "smtp");
  EXPECT_EQ(welcome["servers"][0]["reach"], "this_machine");
  EXPECT_THAT(welcome["link"].value("address", ""), StartsWith("http://127.0.0.1:"));
  EXPECT_EQ(welcome["link"]["reach"], "this_machine");
  EXPECT_EQ(welcome["qr"]["holds"], "text") << "a camera cannot follow the link";
  EXPECT_EQ(welcome["qr"]["rows"].size(), welcome["qr"]["rows"][0].get<std::string>().size());
}

TEST_F(PageDevicesTest, TellsAllThatTheDeviceNeeds) {
  run(&PageDevicesTest::tells_all);
}

asio::awaitable<void> PageDevicesTest::gives_once() {
  const json welcome = co_await add();
  const std::string link = link_in(welcome);
  const std::string password = welcome.value("password", "");
  const auto behind = house->look_behind(link);
  EXPECT_TRUE(behind.has_value());
  EXPECT_EQ(behind.value_or(json())["device"], "anna/phone");
  EXPECT_THAT(behind.value_or(json())["forms"], ElementsAre("apple", "thunderbird", "text"));
  EXPECT_THAT(behind.value_or(json()).dump(), Not(HasSubstr(password)));
  auto given = house->open_link(link, "fax");
  EXPECT_TRUE(given && !*given) << "no such form, and the link is still good";
  given = house->open_link(link, "apple");
  EXPECT_TRUE(given && *given);
  if (!given || !*given) co_return;
  EXPECT_EQ((*given)->file, "anna-phone.mobileconfig");
  EXPECT_THAT(std::string((*given)->octets.reveal()), HasSubstr(password));
  EXPECT_FALSE(house->open_link(link, "apple").has_value());
  EXPECT_FALSE(house->look_behind(link).has_value());
}

/// Apple's profiles have to name a server for sending.
asio::awaitable<void> PageDevicesTest::offers_what_fits() {
  const json welcome = co_await add("read-only");
  const auto behind = house->look_behind(link_in(welcome));
  EXPECT_EQ(behind.value_or(json())["forms"], (json{"thunderbird", "text"}));
}

TEST_F(PageDevicesTest, OffersADeviceThatOnlyReadsNoProfile) {
  run(&PageDevicesTest::offers_what_fits);
}

TEST_F(PageDevicesTest, GivesTheSettingsByItsLinkOnce) {  // I5
  run(&PageDevicesTest::gives_once);
}

asio::awaitable<void> PageDevicesTest::ends_with_the_device() {
  const json welcome = co_await add();
  json question = {{"account", "anna"}, {"name", "phone"}};
  auto revoked = co_await house->act("revoke_device", question);
  EXPECT_TRUE(revoked.has_value());
  EXPECT_FALSE(house->look_behind(link_in(welcome)).has_value());
  EXPECT_TRUE(running->devices().of("anna").empty());
  revoked = co_await house->act("revoke_device", std::move(question));
  EXPECT_FALSE(revoked.has_value());
}

TEST_F(PageDevicesTest, EndsWithTheDevice) {
  run(&PageDevicesTest::ends_with_the_device);
}

asio::awaitable<void> PageDevicesTest::says_what_is_wrong() {
  for (const json& wrong : {json{{"account", "otto"}, {"name", "phone"}, {"rights", "full"}},
                            json{{"account", "anna"}, {"name", "Phone 7"}, {"rights", "full"}},
                            json{{"account", "anna"}, {"name", "phone"}, {"rights", "all"}},
                            json{{"account", "anna"}, {"name", "phone"}, {"rights", "send-only"}},
                            json{{"account", 7}, {"name", json::array()}, {"rights", nullptr}}}) {
    json question = wrong;
    const auto reply = co_await house->act("add_device", std::move(question));
    EXPECT_FALSE(reply.has_value()) << wrong;
  }
  EXPECT_TRUE(running->devices().of("anna").empty());
}

TEST_F(PageDevicesTest, SaysWhatIsWrong) {
  run(&PageDevicesTest::says_what_is_wrong);
}

asio::awaitable<void> PageDevicesTest::keeps() {
  EXPECT_EQ(house->kept(), "");
  co_await house->keep("one\n");
  co_await house->keep("two\n");
  EXPECT_EQ(house->kept(), "two\n");
}

TEST_F(PageDevicesTest, KeepsASmallText) {
  run(&PageDevicesTest::keeps);
}

}  // namespace
}  // namespace postern::daemon::page
