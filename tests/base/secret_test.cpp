#include "sync/base/secret.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>

#include <fmt/format.h>

namespace postern {
namespace {

// Longer than what std::string keeps inside itself, and short enough for it.
const std::string long_word = "correct horse battery staple";
const std::string short_word = "swordfish";

// G3, G4: the only way to a secret's text is `reveal`.
TEST(Secret, PrintsAsStars) {
  EXPECT_EQ(fmt::format("{}", Secret(long_word)), "***");
  EXPECT_EQ(fmt::format("[{:>5}]", Secret(short_word)), "[  ***]");
  EXPECT_EQ(fmt::format("{}", Secret()), "***");
  static_assert(!std::is_convertible_v<Secret, std::string>);
  static_assert(!std::is_convertible_v<Secret, std::string_view>);
  static_assert(!std::is_convertible_v<std::string, Secret>);
}

TEST(Secret, CopiesAndMoves) {
  for (const std::string& word : {long_word, short_word, std::string()}) {
    Secret first(word);
    const Secret copy = first;
    EXPECT_EQ(copy.reveal(), word);
    Secret moved = std::move(first);
    EXPECT_EQ(moved.reveal(), word);
    EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
    Secret assigned;
    assigned = copy;
    EXPECT_EQ(assigned.reveal(), word);
    assigned = std::move(moved);
    EXPECT_EQ(assigned.reveal(), word);
    assigned = *&assigned;
    EXPECT_EQ(assigned.reveal(), word);
  }
}

TEST(Secret, WipeOverwrites) {
  std::array<char, 16> octets;
  octets.fill('x');
  wipe(octets.data(), 8);
  EXPECT_TRUE(std::all_of(octets.begin(), octets.begin() + 8, [](char c) { return c == '\0'; }));
  EXPECT_TRUE(std::all_of(octets.begin() + 8, octets.end(), [](char c) { return c == 'x'; }));
}

/// Looks at the memory of a short secret, which is inside the object, after its end.
TEST(Secret, IsOverwrittenWhenItGoesAway) {
  alignas(Secret) std::array<unsigned char, sizeof(Secret)> memory{};
  auto* secret = std::construct_at(reinterpret_cast<Secret*>(memory.data()), short_word);
  const auto holds = [&] {
    return std::ranges::search(memory, short_word).begin() != memory.end();
  };
  EXPECT_TRUE(holds());
  std::destroy_at(secret);
  EXPECT_FALSE(holds());
}

TEST(Secret, IsOverwrittenWhenItIsMovedAway) {
  alignas(Secret) std::array<unsigned char, sizeof(Secret)> memory{};
  auto* secret = std::construct_at(reinterpret_cast<Secret*>(memory.data()), short_word);
  const Secret other = std::move(*secret);
  // The first octet becomes the terminator; what matters is that the rest is gone as well.
  EXPECT_TRUE(std::ranges::search(memory, short_word.substr(1)).empty());
  EXPECT_EQ(other.reveal(), short_word);
  std::destroy_at(secret);
}

}  // namespace
}  // namespace postern
