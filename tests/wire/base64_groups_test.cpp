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

/// The lines, each encoded by itself.
std::string lines_of(std::string_view octets, std::size_t groups) {
  std::string text;
  for (; !octets.empty(); octets.remove_prefix(groups * Base64Group::octets))
    text += encoded(octets.substr(0, groups * Base64Group::octets)) + "\r\n";
  return text;
}

TEST(Base64Lines, AreThoseOfTheirGroupsAtEveryLength) {
  for (std::size_t groups = 1; groups < 100; ++groups) {
    for (std::size_t lines = 0; lines < 12; ++lines) {
      const std::string octets = sample(lines * groups * Base64Group::octets);
      const std::string text = lines_of(octets, groups);
      std::string written(text.size() + 1, '#');
      encode_base64_lines(octets, groups, written.data());
      EXPECT_EQ(written, text + "#") << groups << " in " << lines;
      std::string read(octets.size() + 1, '#');
      for (const std::string& behind : {"", "A", "AAAA", "AAAA\r"}) {
        if (behind.size() >= groups * Base64Group::letters + 2) continue;
        EXPECT_EQ(decode_base64_lines(text + behind, groups, read.data()), lines) << groups;
        EXPECT_EQ(read, octets + "#") << groups << " in " << lines;
      }
    }
  }
}

TEST(Base64Lines, EndBeforeTheOneThatIsDifferent) {
  constexpr std::size_t lines = 6;
  for (const std::size_t groups : {1U, 4U, 5U, 7U, 8U, 18U, 19U}) {
    const std::string octets = sample(lines * groups * Base64Group::octets);
    const std::string text = lines_of(octets, groups);
    for (std::size_t at = 0; at < text.size(); ++at) {
      for (const char other : {'=', '-', ' ', '\r', '\n', '\xc1', '\0', 'A'}) {
        if (text[at] == other || (other == 'A' && base64_value(text[at]) != no_base64_letter))
          continue;
        std::string damaged = text;
        damaged[at] = other;
        std::string read(octets.size() + 1, '#');
        const std::size_t good = decode_base64_lines(damaged, groups, read.data());
        ASSERT_EQ(good, at / (text.size() / lines)) << groups << " at " << at;
        const std::size_t count = good * groups * Base64Group::octets;
        ASSERT_EQ(read.substr(0, count), octets.substr(0, count)) << groups << " at " << at;
        ASSERT_EQ(read.back(), '#') << groups << " at " << at;
      }
    }
    std::string read(octets.size(), '#');
    EXPECT_EQ(decode_base64_lines(text.substr(0, text.size() - 1), groups, read.data()), lines - 1);
  }
}

}  // namespace
}  // namespace postern::wire
