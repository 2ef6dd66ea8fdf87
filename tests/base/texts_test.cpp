#include "sync/base/texts.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace postern {
namespace {

TEST(Texts, KeepsWhatItIsGivenWhereItIs) {
  Texts texts;
  std::vector<std::pair<std::string_view, std::string>> kept;
  for (std::size_t i = 0; i < 20'000; ++i) {
    const std::string text = std::to_string(i * i);
    kept.emplace_back(texts.keep(text), text);
  }
  const std::string long_one(200'000, 'x');
  kept.emplace_back(texts.keep(long_one), long_one);
  kept.emplace_back(texts.keep("behind it"), "behind it");
  kept.emplace_back(texts.keep(""), "");
  for (const auto& [view, text] : kept) ASSERT_EQ(view, text);
}

TEST(Texts, KeepsThoseBehindIt) {
  auto behind = std::make_shared<Texts>();
  const std::weak_ptr<const Texts> watched = behind;
  const std::string_view view = behind->keep("behind");
  {
    Texts texts(std::move(behind));
    EXPECT_EQ(view, "behind");
    EXPECT_EQ(texts.keep("front"), "front");
  }
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace postern
