#include "proxy/access/device_password.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace postern::access {
namespace {

std::string as_shown(const char* typed) {
  return std::string(device_password_as_shown(Secret(typed)).reveal());
}

TEST(DevicePassword, IsEasyToReadAndNeverTheSame) {
  std::set<std::string> seen;
  std::set<char> letters;
  for (int i = 0; i < 500; ++i) {
    const Secret password = make_device_password();
    const std::string text(password.reveal());
    ASSERT_EQ(text.size(), 19U);
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (at % 5 == 4) {
        EXPECT_EQ(text[at], '-') << text;
      } else {
        letters.insert(text[at]);
      }
    }
    EXPECT_EQ(as_shown(text.c_str()), text);
    seen.insert(text);
  }
  EXPECT_EQ(seen.size(), 500U);
  // 16 of 32 characters: 80 bits. Each of them occurs in so many, and nothing else.
  EXPECT_EQ(std::string(letters.begin(), letters.end()), "0123456789abcdefghjkmnpqrstvwxyz");
}

TEST(DevicePassword, MayBeTypedInManyWays) {
  struct Row {
    const char* typed;
    const char* shown;
  };
  constexpr Row rows[] = {
      {"k7qm-x2vd-9htn-4wpc", "k7qm-x2vd-9htn-4wpc"},
      {"k7qmx2vd9htn4wpc", "k7qm-x2vd-9htn-4wpc"},
      {"K7QM X2VD 9HTN 4WPC", "k7qm-x2vd-9htn-4wpc"},
      {" K7qm-x2vd-9htn-4wpc ", "k7qm-x2vd-9htn-4wpc"},
      {"oOiI-lLab-cdef-ghjk", "0011-11ab-cdef-ghjk"},
      // No passwords of devices.
      {"", ""},
      {"open Sesame", "open Sesame"},
      {"k7qm-x2vd-9htn-4wp", "k7qm-x2vd-9htn-4wp"},
      {"k7qm-x2vd-9htn-4wpcc", "k7qm-x2vd-9htn-4wpcc"},
      {"u7qm-x2vd-9htn-4wpc", "u7qm-x2vd-9htn-4wpc"},
      {"k7qm_x2vd_9htn_4wpc", "k7qm_x2vd_9htn_4wpc"},
  };
  for (const Row& row : rows) EXPECT_EQ(as_shown(row.typed), row.shown);
}

TEST(DevicePassword, IsToldByItsKeysAndNotStored) {  // B6
  const Secret password = make_device_password();
  const store::DeviceKeys keys = device_keys_of(password);
  EXPECT_TRUE(fits(password, keys));
  EXPECT_FALSE(fits(make_device_password(), keys));
  EXPECT_FALSE(fits(Secret(""), keys));
  // Salted: the same password has other keys each time.
  const store::DeviceKeys again = device_keys_of(password);
  EXPECT_NE(again.scrypt_hash, keys.scrypt_hash);
  EXPECT_NE(again.stored_key, keys.stored_key);
  EXPECT_TRUE(fits(password, again));
}

TEST(DevicePassword, NothingFitsKeysThatCannotBe) {
  const Secret password = make_device_password();
  store::DeviceKeys keys = device_keys_of(password);
  keys.scrypt_cost = 60;
  EXPECT_FALSE(fits(password, keys));
  keys.scrypt_cost = 0;
  EXPECT_FALSE(fits(password, keys));
  EXPECT_FALSE(fits(password, store::DeviceKeys()));
  EXPECT_FALSE(fits(password, keys_of_nobody()));
}

}  // namespace
}  // namespace postern::access
