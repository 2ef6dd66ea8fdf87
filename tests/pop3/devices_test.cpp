// What devices may do with a maildrop, and what they are shown of it.

#include "proxy/access/device_password.h"
#include "tests/pop3/pop3_fixture.h"

namespace postern::pop3 {
namespace {

using store::DeviceRights;
using testing::ElementsAre;
using testing::StartsWith;

class Pop3Devices : public Pop3Test {
 protected:
  void SetUp() override {
    Pop3Test::SetUp();
    for (const char* subject : {"one", "two", "three"})
      ASSERT_TRUE(append("INBOX", store::message(subject)).has_value());
  }

  /// With the password 0000-1111-2222-3333.
  void add(const std::string& name, DeviceRights rights) {
    static const store::DeviceKeys keys = access::device_keys_of(Secret("0000-1111-2222-3333"));
    store::NewDevice device;
    device.name = name;
    device.rights = rights;
    device.keys = keys;
    static_cast<void>(*store::write(
        *account, [&](store::Transaction& transaction) { return transaction.add_device(device); }));
    directory.set_devices(
        "anna", store::read(*account, [](store::Reader& reader) { return reader.devices(); }));
  }
  asio::awaitable<std::string> log_in(Client& client, std::string user) {
    (void)co_await client.line();
    (void)co_await client.ask("USER " + user);
    co_return co_await client.ask("PASS 0000-1111-2222-3333");
  }
  [[nodiscard]] std::vector<std::uint32_t> inbox() const {
    return store::uids_of(*mailbox("INBOX")->latest());
  }

  /// `first` to `last`.
  asio::awaitable<void> delete_as(std::string user, int first, int last) {
    Client client = co_await connect();
    EXPECT_THAT(co_await log_in(client, user), StartsWith("+OK"));
    for (int number = first; number <= last; ++number)
      EXPECT_THAT(co_await client.ask("DELE " + std::to_string(number)), StartsWith("+OK"));
    EXPECT_THAT(co_await client.ask("QUIT"), StartsWith("+OK"));
  }
  asio::awaitable<void> hides();
  asio::awaitable<void> expunges();
  asio::awaitable<void> only_reads();
  asio::awaitable<void> only_sends();
};

asio::awaitable<void> Pop3Devices::hides() {
  co_await delete_as("anna/phone", 2, 2);
  Client phone = co_await connect();
  EXPECT_EQ(co_await log_in(phone, "anna/phone"), "+OK 2 messages");
  // Numbers count what is shown, ids stay.
  const std::string ids = co_await phone.ask_lines("UIDL");
  EXPECT_THAT(ids, testing::ContainsRegex("1 [0-9]+\\.1\r\n2 [0-9]+\\.3\r\n\\.\r\n$"));
  EXPECT_THAT(co_await phone.ask_lines("RETR 2"), testing::HasSubstr("Subject: three"));
  EXPECT_THAT(co_await phone.ask_lines("TOP 2 0"), testing::HasSubstr("Subject: three"));
  EXPECT_THAT(co_await phone.ask("RETR 3"), StartsWith("-ERR"));
  const auto octets = 2 * store::message("one").size() + 2;
  EXPECT_EQ(co_await phone.ask("STAT"), "+OK 2 " + std::to_string(octets));
  EXPECT_THAT(co_await phone.ask("DELE 1"), StartsWith("+OK"));
  EXPECT_THAT(co_await phone.ask("RSET"), StartsWith("+OK"));
  EXPECT_EQ(co_await phone.ask("STAT"), "+OK 2 " + std::to_string(octets));
  EXPECT_THAT(co_await phone.ask("QUIT"), StartsWith("+OK"));
  Client laptop = co_await connect();
  EXPECT_EQ(co_await log_in(laptop, "anna/laptop"), "+OK 3 messages");
  EXPECT_THAT(co_await laptop.ask("QUIT"), StartsWith("+OK"));
  co_await delete_as("anna/phone", 1, 2);
  Client none = co_await connect();
  EXPECT_EQ(co_await log_in(none, "anna/phone"), "+OK 0 messages");
  EXPECT_EQ(co_await none.ask("STAT"), "+OK 0 0");
}

TEST_F(Pop3Devices, WhatADeviceDeletesIsHiddenFromItAlone) {
  add("phone", DeviceRights::full);
  add("laptop", DeviceRights::full);
  run(hides());
  EXPECT_THAT(inbox(), ElementsAre(1, 2, 3));
}

asio::awaitable<void> Pop3Devices::expunges() {
  co_await delete_as("anna/phone", 2, 2);
}

TEST_F(Pop3Devices, OrGoesForAll) {
  add("phone", DeviceRights::full);
  limits.device_deletes = Limits::DeviceDeletes::expunge;
  run(expunges());
  EXPECT_THAT(inbox(), ElementsAre(1, 3));
}

asio::awaitable<void> Pop3Devices::only_reads() {
  Client client = co_await connect();
  EXPECT_EQ(co_await log_in(client, "anna/reader"), "+OK 3 messages");
  EXPECT_THAT(co_await client.ask("DELE 1"), StartsWith("-ERR"));
  EXPECT_THAT(co_await client.ask_lines("RETR 1"), testing::HasSubstr("Subject: one"));
  EXPECT_THAT(co_await client.ask("QUIT"), StartsWith("+OK"));
}

TEST_F(Pop3Devices, OneThatOnlyReadsDeletesNothing) {
  add("reader", DeviceRights::read_only);
  limits.device_deletes = Limits::DeviceDeletes::expunge;
  run(only_reads());
  EXPECT_THAT(inbox(), ElementsAre(1, 2, 3));
}

asio::awaitable<void> Pop3Devices::only_sends() {
  Client client = co_await connect();
  EXPECT_EQ(co_await log_in(client, "anna/scanner"), "-ERR [AUTH] this device may only send");
  EXPECT_THAT(co_await client.ask("STAT"), StartsWith("-ERR"));
}

TEST_F(Pop3Devices, OneThatOnlySendsSeesNothing) {
  add("scanner", DeviceRights::send_only);
  run(only_sends());
}

}  // namespace
}  // namespace postern::pop3
