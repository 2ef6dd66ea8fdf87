// Devices of an account: what is kept of them, and what they are not shown.

#include "sync/store/backup.h"
#include "sync/store/database.h"
#include "sync/store/salvage.h"
#include "sync/store/schema.h"
#include "tests/store/earlier_schema.h"
#include "tests/store/store_fixture.h"

namespace postern::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto nothing = [](const Progress&) {};

NewDevice phone() {
  return {.name = "phone",
          .rights = DeviceRights::read_only,
          .sender = "",
          .keys = {.scram_salt = std::string("\0salt", 5),
                   .scram_iterations = 4096,
                   .stored_key = "\xff stored",
                   .server_key = "server",
                   .stored_key_sha_1 = std::string("\0 stored", 8),
                   .server_key_sha_1 = "other server",
                   .scrypt_salt = "other salt",
                   .scrypt_cost = 14,
                   .scrypt_hash = std::string("\0hash", 5)},
          .created = WallTime(std::chrono::seconds(1'700'000'000))};
}

NewDevice certified() {
  return {.name = "laptop",
          .rights = DeviceRights::full,
          .sender = "",
          .keys = {},
          .created = WallTime(std::chrono::seconds(1'700'000'000)),
          .certificate = DeviceCertificate{.fingerprint = "SHA256:aa",
                                           .until = WallTime(std::chrono::seconds(1'900'000'000))}};
}

class Devices : public StoreTest {
 protected:
  Result<DeviceId> add(const NewDevice& device) {
    return write(*account, [&](Transaction& t) { return t.add_device(device); });
  }
  Result<void> renew(const std::string& name, const DeviceCertificate& certificate) {
    return write(*account, [&](Transaction& t) { return t.renew_device(name, certificate); });
  }
  Result<void> revoke(const std::string& name) {
    return write(*account, [&](Transaction& t) { return t.revoke_device(name); });
  }
  std::vector<Device> all() {
    return read(*account, [](Reader& reader) { return reader.devices(); });
  }
  UidSet hidden(DeviceId device) {
    return read(*account, [&](Reader& reader) { return reader.hidden(device, id("INBOX")); });
  }
  void hide(DeviceId device, const UidSet& which) {
    write(*account, [&](Transaction& t) { t.hide(device, id("INBOX"), which); });
  }
  void use(DeviceId device, const DeviceUse& last) {
    write(*account, [&](Transaction& t) { t.set_device_use(device, last); });
  }
  void append_three() {
    for (const char* subject : {"one", "two", "three"})
      ASSERT_TRUE(append("INBOX", message(subject)).has_value());
  }
  void change(const char* sql) {
    account->close();
    Database database(folder.path() / "anna/mail.db");
    database.run(sql);
  }
  /// What stands in a file is what was put there.
  void expect_phone(const DeviceUse& last) {
    const auto devices = all();
    ASSERT_EQ(devices.size(), 1U);
    EXPECT_EQ(static_cast<const NewDevice&>(devices.front()), phone());
    EXPECT_EQ(devices.front().last_use, last);
  }

  const DeviceUse yesterday{
      .at = WallTime(std::chrono::seconds(1'800'000'000)), .address = "::1", .program = "K-9 6.0"};
};

TEST_F(Devices, AreKeptWithAllThatIsKnownOfThem) {
  const auto device = add(phone());
  ASSERT_TRUE(device.has_value());
  expect_phone({});
  use(*device, yesterday);
  open();
  expect_phone(yesterday);
}

TEST_F(Devices, HaveCertificatesOfTheirOwn) {
  NewDevice laptop = certified();
  ASSERT_TRUE(add(laptop).has_value());
  NewDevice other = laptop;
  other.name = "other";
  EXPECT_EQ(add(other).error(), Refusal::in_use);
  other.certificate->fingerprint = "SHA256:bb";
  const auto added = add(other);
  ASSERT_TRUE(added.has_value());
  EXPECT_EQ(renew("other", *laptop.certificate).error(), Refusal::in_use);
  EXPECT_EQ(renew("nobody", {.fingerprint = "SHA256:cc"}).error(), Refusal::nonexistent);
  ASSERT_TRUE(add(phone()).has_value());
  EXPECT_EQ(renew("phone", {.fingerprint = "SHA256:cc"}).error(), Refusal::cannot);
  // Renewed it is the same device; its old certificate is free.
  const DeviceCertificate next{.fingerprint = "SHA256:cc",
                               .until = WallTime(std::chrono::seconds(1'950'000'000))};
  ASSERT_TRUE(renew("laptop", next).has_value());
  EXPECT_TRUE(renew("other", *laptop.certificate).has_value());
  open();
  const auto devices = all();
  ASSERT_EQ(devices.size(), 3U);
  laptop.certificate = next;
  EXPECT_EQ(static_cast<const NewDevice&>(devices[0]), laptop);
  EXPECT_EQ(devices[1].id, *added);
  // With its device it is forgotten.
  ASSERT_TRUE(revoke("laptop").has_value());
  laptop.name = "again";
  EXPECT_TRUE(add(laptop).has_value());
}

TEST_F(Devices, CertificatesComeBackWithABackupAndAreSavedFromADamagedFile) {
  ASSERT_TRUE(add(phone()).has_value());
  ASSERT_TRUE(add(certified()).has_value());
  const auto expect_both = [this] {
    const auto devices = all();
    ASSERT_EQ(devices.size(), 2U);
    EXPECT_EQ(static_cast<const NewDevice&>(devices[0]), certified());
    EXPECT_EQ(static_cast<const NewDevice&>(devices[1]), phone());
  };
  const auto backup = folder.path() / "anna.backup";
  ASSERT_TRUE(back_up(folder.path() / "anna/mail.db", backup, "anna", nothing).has_value());
  ASSERT_TRUE(revoke("laptop").has_value());
  account.reset();
  ASSERT_TRUE(restore(backup, folder.path() / "anna", Replace::yes, nothing).has_value());
  open();
  expect_both();
  account.reset();
  ASSERT_TRUE(salvage(folder.path() / "anna", nothing).has_value());
  open();
  expect_both();
}

TEST_F(Devices, WithNothingLeftToLogInByAreNotSaved) {
  ASSERT_TRUE(add(phone()).has_value());
  ASSERT_TRUE(add(certified()).has_value());
  change("DELETE FROM device_certificate; DELETE FROM device_sha_1");
  account.reset();
  ASSERT_TRUE(salvage(folder.path() / "anna", nothing).has_value());
  open();
  ASSERT_EQ(all().size(), 1U);
  EXPECT_EQ(all().front().name, "phone");
  EXPECT_EQ(all().front().keys.scrypt_hash, phone().keys.scrypt_hash);
}

TEST_F(Devices, HaveNamesOfTheirOwn) {
  ASSERT_TRUE(add(phone()).has_value());
  EXPECT_EQ(add(phone()).error(), Refusal::already_exists);
  NewDevice scanner = phone();
  scanner.name = "a scanner";
  scanner.rights = DeviceRights::send_only;
  scanner.sender = "scanner@example.org";
  ASSERT_TRUE(add(scanner).has_value());
  const auto devices = all();
  ASSERT_EQ(devices.size(), 2U);
  EXPECT_EQ(static_cast<const NewDevice&>(devices.front()), scanner);
}

TEST_F(Devices, AreGoneOnceTheyAreRevoked) {
  append_three();
  const auto old = add(phone());
  hide(*old, uids({1}));
  EXPECT_TRUE(revoke("phone").has_value());
  EXPECT_EQ(revoke("phone").error(), Refusal::nonexistent);
  EXPECT_THAT(all(), IsEmpty());
  const auto next = add(phone());
  EXPECT_NE(*next, *old);
  use(*old, yesterday);
  hide(*old, uids({2}));
  expect_phone({});
  EXPECT_THAT(hidden(*old).ranges(), IsEmpty());
  EXPECT_THAT(hidden(*next).ranges(), IsEmpty());
  ASSERT_TRUE(revoke("phone").has_value());
  change("CREATE TABLE none(n CHECK (n = 0)); INSERT INTO none SELECT count(*) FROM device_sha_1");
}

TEST_F(Devices, AreNotShownWhatIsHiddenFromThem) {
  append_three();
  const auto device = add(phone());
  NewDevice other = phone();
  other.name = "laptop";
  const auto laptop = add(other);
  hide(*device, uids({1, 3}));
  hide(*device, uids({3}));
  EXPECT_EQ(hidden(*device), uids({1, 3}));
  EXPECT_THAT(hidden(*laptop).ranges(), IsEmpty());
  EXPECT_THAT(uids_of(*mailbox("INBOX")->latest()), ElementsAre(1, 2, 3));
}

TEST_F(Devices, WhatIsHiddenIsForgottenWithItsMessage) {
  append_three();
  const auto device = add(phone());
  hide(*device, uids({1, 3}));
  remove("INBOX", uids({1}));
  hide(*device, uids({2}));
  EXPECT_EQ(hidden(*device), uids({2, 3}));
}

TEST_F(Devices, ComeBackWithABackup) {
  append_three();
  const auto device = add(phone());
  use(*device, yesterday);
  hide(*device, uids({2}));
  const auto backup = folder.path() / "anna.backup";
  ASSERT_TRUE(back_up(folder.path() / "anna/mail.db", backup, "anna", nothing).has_value());
  ASSERT_TRUE(revoke("phone").has_value());
  account.reset();
  ASSERT_TRUE(restore(backup, folder.path() / "anna", Replace::yes, nothing).has_value());
  open();
  expect_phone(yesterday);
  EXPECT_EQ(hidden(*device), uids({2}));
}

TEST_F(Devices, AreSavedFromADamagedFile) {
  append_three();
  const auto device = add(phone());
  use(*device, yesterday);
  hide(*device, uids({2}));
  account.reset();
  ASSERT_TRUE(salvage(folder.path() / "anna", nothing).has_value());
  open();
  expect_phone(yesterday);
  EXPECT_EQ(hidden(*device), uids({2}));
  // No id is given again.
  ASSERT_TRUE(revoke("phone").has_value());
  EXPECT_NE(*add(phone()), *device);
}

TEST_F(Devices, AFileOfAnEarlierSchemaTakesThem) {
  append_three();
  change(back_to_schema(7).c_str());
  open();
  EXPECT_THAT(all(), IsEmpty());
  EXPECT_TRUE(add(phone()).has_value());
  EXPECT_THAT(uids_of(*mailbox("INBOX")->latest()), ElementsAre(1, 2, 3));
}

TEST_F(Devices, OfAnEarlierSchemaHavePasswords) {
  ASSERT_TRUE(add(phone()).has_value());
  change(back_to_schema(8).c_str());
  open();
  ASSERT_EQ(all().size(), 1U);
  DeviceKeys keys = phone().keys;
  keys.stored_key_sha_1.clear();
  keys.server_key_sha_1.clear();
  EXPECT_EQ(all().front().keys, keys);
  EXPECT_TRUE(add(certified()).has_value());
}

}  // namespace
}  // namespace postern::store
