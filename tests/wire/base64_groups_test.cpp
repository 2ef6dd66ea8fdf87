#include "sync/wire/base64_groups.h"

#include <gtest/gtest.h>

#include <string>

#include "sync/wire/base64.h"

namespace postern::wire {
namespace {

/// All octets in an order in which all pairs of neighbours differ.
std::string sample(std::size_t octets) {
  std::string text;
  for (std::size_t i = 0; i < octets; ++i) text.push_back(static_cast<char>(i * 89 + i / 256));
  return text;
}

std::string encoded(std::string_view octets) {
  std::string text(octets.size() / Base64Group::octets * Base64Group::letters, '\0');
  encode_base64_groups(octets, text.data());
  return text;
}

// Base64Test of RFC 4648's own values makes sure of base64_encode().
TEST(Base64Groups, AreTheOnesOfBase64AtEveryLength) {
  for (std::size_t groups = 0; groups < 300; ++groups) {
    const std::string octets = sample(groups * Base64Group::octets);
    EXPECT_EQ(encoded(octets), base64_encode(octets)) << groups;
  }
}

TEST(Base64Groups, AreReadAtEveryLength) {
  for (std::size_t groups = 0; groups < 300; ++groups) {
    const std::string octets = sample(groups * Base64Group::octets);
    std::string read(octets.size(), '\0');
    EXPECT_EQ(decode_base64_groups(base64_encode(octets), read.data()), groups);
    EXPECT_EQ(read, octets) << groups;
  }
}

TEST(Base64Groups, EndBeforeTheOneThatHoldsSomethingElse) {
  const std::string octets = sample(120);
  const std::string letters = base64_encode(octets);
  for (int other = 0; other < 256; ++other) {
    if (base64_value(static_cast<char>(other)) != no_base64_letter) continue;
    for (std::size_t at = 0; at < letters.size(); ++at) {
      std::string text = letters;
      text[at] = static_cast<char>(other);
      std::string read(octets.size(), '\0');
      const std::size_t groups = decode_base64_groups(text, read.data());
      ASSERT_EQ(groups, at / Base64Group::letters) << other << " at " << at;
      const std::size_t good = groups * Base64Group::octets;
      ASSERT_EQ(read.substr(0, good), octets.substr(0, good)) << other << " at " << at;
    }
  }
}

TEST(Base64Groups, WriteNothingBehindTheRoomThatIsTheirs) {
  for (std::size_t groups = 0; groups < 40; ++groups) {
    const std::string octets = sample(groups * Base64Group::octets);
    const std::string letters = base64_encode(octets);
    std::string room(octets.size() + 1, '#');
    decode_base64_groups(letters, room.data());
    EXPECT_EQ(room.back(), '#') << groups;
    room.assign(letters.size() + 1, '#');
    encode_base64_groups(octets, room.data());
    EXPECT_EQ(room.back(), '#') << groups;
  }
}

TEST(Base64Groups, LeaveWhatIsNoWholeGroup) {
  std::string read(3, '\0');
  EXPECT_EQ(decode_base64_groups("Zm9vYm", read.data()), 1U);
  EXPECT_EQ(read, "foo");
}

}  // namespace
}  // namespace postern::wire
