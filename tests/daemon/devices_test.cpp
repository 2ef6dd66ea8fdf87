#include "proxy/daemon/devices/devices.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "proxy/access/store_access.h"
#include "proxy/daemon/devices/device_words.h"
#include "proxy/daemon/devices/settings_text.h"
#include "tests/net/loop.h"
#include "tests/store/store_fixture.h"

namespace postern::daemon {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class DevicesTest : public store::StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    directory.set("anna", Secret("sesame"), {"anna", account, [] {}, nullptr});
  }
  void TearDown() override {
    directory.remove("anna");
    StoreTest::TearDown();
  }

  asio::awaitable<void> begin(Devices::Pace pace) {
    devices = std::make_unique<Devices>(
        loop.io.get_executor(), directory,
        [this](const std::string& name, const std::string& device) {
          ended.push_back(name + "/" + device);
        },
        pace);
    co_await devices->load("anna", account);
  }
  asio::awaitable<Secret> add(std::string name) {
    DeviceWish wish;
    wish.account = "anna";
    wish.name = std::move(name);
    auto added = co_await devices->add(std::move(wish));
    EXPECT_TRUE(added.has_value());
    co_return added.value_or(Secret());
  }
  asio::awaitable<bool> log_in(std::string user, Secret password) {
    access::Peer peer{"127.0.0.1", true, false};
    auto login = co_await directory.login(std::move(user), std::move(password), std::move(peer));
    if (login) directory.introduce(*login, {"127.0.0.1", true, false}, program);
    co_return login.has_value();
  }
  /// What the store knows of the program of the one device.
  asio::awaitable<std::string> recorded() {
    auto reading = access::read(account, [](store::Reader& reader) { return reader.devices(); });
    const auto read = co_await std::move(reading);
    co_return read && read->size() == 1 ? read->front().last_use.program : "?";
  }

  /// Which device the certificate is of.
  asio::awaitable<std::string> shows(std::string fingerprint) {
    access::Peer peer{"127.0.0.1", true, true};
    peer.certificate = net::ShownCertificate{
        std::move(fingerprint),
        {wall_now() - std::chrono::days(1), wall_now() + std::chrono::days(1)}};
    std::string user;
    auto login = co_await directory.login_by_certificate(std::move(user), std::move(peer));
    co_return login ? login->device : std::string();
  }

  asio::awaitable<void> comes_and_goes();
  asio::awaitable<void> has_a_certificate();
  asio::awaitable<void> is_recorded();
  asio::awaitable<void> is_recorded_at_the_end();

  net::test::Loop loop;
  access::Directory directory{access::ThrottleRules{.first_pause = 0ms, .longest_pause = 0ms}};
  std::unique_ptr<Devices> devices;
  std::vector<std::string> ended;
  std::string program;
};

asio::awaitable<void> DevicesTest::comes_and_goes() {
  co_await begin({});
  const Secret password = co_await add("phone");
  EXPECT_TRUE(co_await log_in("anna/phone", password));
  DeviceWish again;
  again.account = "anna";
  again.name = "phone";
  const auto refused = co_await devices->add(std::move(again));
  EXPECT_FALSE(refused.has_value());
  EXPECT_FALSE((co_await devices->revoke("anna", "phone")).has_value());
  EXPECT_THAT(ended, ElementsAre("anna/phone"));
  EXPECT_FALSE(co_await log_in("anna/phone", password));
  EXPECT_TRUE((co_await devices->revoke("anna", "phone")).has_value());
  EXPECT_TRUE((co_await devices->revoke("otto", "phone")).has_value());
  co_await devices->stop();
}

TEST_F(DevicesTest, AreLetInFromTheMomentTheyAreAddedUntilTheyAreRevoked) {
  loop.run(comes_and_goes());
}

DeviceWish with_certificate(std::string account, std::string name, std::string fingerprint) {
  DeviceWish wish;
  wish.account = std::move(account);
  wish.name = std::move(name);
  wish.certificate = {.fingerprint = std::move(fingerprint)};
  return wish;
}

asio::awaitable<void> DevicesTest::has_a_certificate() {
  co_await begin({});
  EXPECT_EQ(co_await shows("SHA256:aa"), "");
  const auto added = co_await devices->add(with_certificate("anna", "phone", "SHA256:aa"));
  EXPECT_TRUE(added.has_value() && added->empty());
  EXPECT_EQ(co_await shows("SHA256:aa"), "phone");
  const auto refused = co_await devices->add(with_certificate("anna", "laptop", "SHA256:aa"));
  EXPECT_THAT(refused.error().text(), HasSubstr("phone of anna logs in with that certificate"));
  EXPECT_FALSE(
      (co_await devices->renew(with_certificate("anna", "phone", "SHA256:bb"))).has_value());
  EXPECT_THAT(ended, ElementsAre("anna/phone"));
  EXPECT_EQ(co_await shows("SHA256:aa"), "");
  EXPECT_EQ(co_await shows("SHA256:bb"), "phone");
  (void)co_await add("tablet");
  const auto password = co_await devices->renew(with_certificate("anna", "tablet", "SHA256:cc"));
  EXPECT_THAT(password->text(), HasSubstr("has a password"));
  const auto nobody = co_await devices->renew(with_certificate("anna", "pc", "SHA256:cc"));
  EXPECT_THAT(nobody->text(), HasSubstr("no device"));
  EXPECT_FALSE((co_await devices->revoke("anna", "phone")).has_value());
  EXPECT_EQ(co_await shows("SHA256:bb"), "");
  co_await devices->stop();
}

TEST_F(DevicesTest, ACertificateLogsInFromTheMomentItIsAddedUntilAnotherTakesItsPlace) {
  loop.run(has_a_certificate());
}

asio::awaitable<void> DevicesTest::is_recorded() {
  co_await begin({.settling = 0ms, .gap = 1h});
  const Secret password = co_await add("phone");
  program = "first";
  EXPECT_TRUE(co_await log_in("anna/phone", password));
  for (std::string known; known != "first";) known = co_await recorded();
  // From now on for an hour not again, whatever comes.
  for (int i = 0; i < 20; ++i) {
    program = "other " + std::to_string(i);
    EXPECT_TRUE(co_await log_in("anna/phone", password));
  }
  EXPECT_EQ(co_await recorded(), "first");
  EXPECT_EQ(devices->of("anna").front().last_use.program, "other 19");
  co_await devices->stop();
  EXPECT_EQ(co_await recorded(), "other 19");
}

TEST_F(DevicesTest, LastUsesAreWrittenOnceInAWhileAndAtTheEnd) {
  loop.run(is_recorded());
}

asio::awaitable<void> DevicesTest::is_recorded_at_the_end() {
  co_await begin({.settling = 1h, .gap = 1h});
  const Secret password = co_await add("phone");
  program = "K-9";
  EXPECT_TRUE(co_await log_in("anna/phone", password));
  // A reload in between reads what the store knows, which is less.
  co_await devices->load("anna", account);
  EXPECT_EQ(devices->of("anna").front().last_use.program, "K-9");
  EXPECT_EQ(co_await recorded(), "");
  co_await devices->stop();
  EXPECT_EQ(co_await recorded(), "K-9");
}

TEST_F(DevicesTest, ALastUseThatIsNotWrittenYetOutlivesAReload) {
  loop.run(is_recorded_at_the_end());
}

TEST(DeviceWords, AMistakeIsExplained) {
  using store::DeviceRights;
  struct Row {
    DeviceWish wish;
    const char* words;  ///< nullptr: none
  };
  const Row rows[] = {
      {{"anna", "phone", DeviceRights::full, ""}, nullptr},
      {{"anna", "0.a_b-c", DeviceRights::read_only, ""}, nullptr},
      {{"anna", "scanner", DeviceRights::send_only, "s@example.net"}, nullptr},
      {{"anna", "", DeviceRights::full, ""}, "cannot name"},
      {{"anna", "Phone", DeviceRights::full, ""}, "cannot name"},
      {{"anna", "a/b", DeviceRights::full, ""}, "cannot name"},
      {{"anna", "-a", DeviceRights::full, ""}, "cannot name"},
      {{"anna", std::string(33, 'a'), DeviceRights::full, ""}, "cannot name"},
      {{"anna", "scanner", DeviceRights::send_only, ""}, "needs the address"},
      {{"anna", "scanner", DeviceRights::send_only, "s"}, "not a mail address"},
      {{"anna", "phone", DeviceRights::full, "s@example.net"}, "fixed sender"},
  };
  for (const Row& row : rows) {
    const auto mistake = mistake_in(row.wish);
    ASSERT_EQ(mistake.has_value(), row.words != nullptr) << row.wish.name;
    if (!mistake) continue;
    EXPECT_THAT(mistake->text(), HasSubstr(row.words));
  }
}

TEST(DeviceWords, ALineTellsWhatItLogsInWith) {
  store::Device device;
  device.name = "phone";
  EXPECT_THAT(device_line(to_json(device)), HasSubstr("phone (full), "));
  EXPECT_EQ(to_json(device).at("login"), "password");
  device.certificate = {.fingerprint = "SHA256:aa"};
  EXPECT_THAT(device_line(to_json(device)), HasSubstr("phone (full, own certificate), "));
  EXPECT_EQ(to_json(device).at("login"), "certificate");
  EXPECT_EQ(to_json(device).at("certificate").at("fingerprint"), "SHA256:aa");
  device.certificate->until = WallTime(std::chrono::seconds(1'700'000'000));
  EXPECT_THAT(device_line(to_json(device)),
              HasSubstr("phone (full, certificate expired on 2023-11-14), "));
  device.certificate->until = wall_now() + std::chrono::days(3650);
  EXPECT_THAT(device_line(to_json(device)), HasSubstr("phone (full, certificate until 20"));
}

TEST(DeviceWords, ItsSettingsNameWhereItMayLogIn) {
  const std::vector<ListeningPlace> places = {
      {"imaps", "0.0.0.0:1993"},     {"imap", "127.0.0.1:1143"},
      {"pop3", "[::1]:1110"},        {"submissions", "192.0.2.5:1465"},
      {"scanner", "192.0.2.5:2525"}, {"relay imap", "127.0.0.1:2143"}};
  const Secret password("k7qm-x2vd-9htn-4wpc");
  const std::string full =
      settings_text({"anna", "phone", store::DeviceRights::full, ""}, password, places, "box");
  EXPECT_THAT(full, HasSubstr("  IMAP server  box, port 1993, SSL/TLS\n"));
  EXPECT_THAT(full, HasSubstr("  IMAP server  127.0.0.1, port 1143, STARTTLS, or none (programs on "
                              "this machine only)\n"));
  EXPECT_THAT(full, HasSubstr("  POP3 server  ::1, port 1110"));
  EXPECT_THAT(full, HasSubstr("  SMTP server  192.0.2.5, port 1465, SSL/TLS\n"));
  EXPECT_THAT(full, HasSubstr("  User name    anna/phone\n  Password     k7qm-x2vd-9htn-4wpc\n"));
  EXPECT_THAT(full, testing::Not(HasSubstr("2525")));
  EXPECT_THAT(full, testing::Not(HasSubstr("2143")));
  const std::string reader =
      settings_text({"anna", "r", store::DeviceRights::read_only, ""}, password, places, "box");
  EXPECT_THAT(reader, testing::Not(HasSubstr("SMTP")));
  const std::string scanner = settings_text(
      {"anna", "s", store::DeviceRights::send_only, "s@example.net"}, password, places, "box");
  EXPECT_THAT(scanner, HasSubstr("  SMTP server  192.0.2.5, port 2525, no encryption\n"));
  EXPECT_THAT(scanner, HasSubstr("  Sends as     s@example.net\n"));
  EXPECT_THAT(scanner, testing::Not(HasSubstr("IMAP")));
  EXPECT_THAT(settings_text({"anna", "phone", {}, ""}, password, {}, "box"),
              HasSubstr("nothing listens"));
  const std::string certified =
      settings_text({"anna", "c", {}, "", store::DeviceCertificate{}}, Secret(), places, "box");
  EXPECT_THAT(certified, HasSubstr("  IMAP server  127.0.0.1, port 1143, STARTTLS (programs"));
  EXPECT_THAT(certified, HasSubstr("  Password     none: \"TLS certificate\" (EXTERNAL)\n"));
  EXPECT_THAT(certified, testing::Not(HasSubstr("shown this once")));
}

}  // namespace
}  // namespace postern::daemon
