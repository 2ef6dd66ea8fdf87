#include "sync/store/folded_texts.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "sync/store/failure.h"

namespace postern::store {
namespace {

using Answer = FoldedTexts::Answer;
using Keep = FoldedTexts::Keep;
using Part = FoldedTexts::Part;

std::string octets_of(FoldedTexts& texts) {
  std::string octets;
  FoldedTexts::expand(texts.take().value(), octets);
  return octets;
}

TEST(FoldedTexts, AreLookedIntoEachForItself) {
  FoldedTexts texts;
  texts.add("subject: bo");
  texts.add("at\n");
  texts.begin(Keep::text);
  texts.add("a ro");
  texts.add("pe");
  texts.begin(Keep::text);
  texts.add("chain");
  const std::string octets = octets_of(texts);
  EXPECT_EQ(FoldedTexts::contains(octets, Part::all, "boat"), Answer::yes);
  EXPECT_EQ(FoldedTexts::contains(octets, Part::all, "chain"), Answer::yes);
  EXPECT_EQ(FoldedTexts::contains(octets, Part::behind_header, "boat"), Answer::no);
  EXPECT_EQ(FoldedTexts::contains(octets, Part::behind_header, "rope"), Answer::yes);
  EXPECT_EQ(FoldedTexts::contains(octets, Part::all, "ropechain"), Answer::no);
  EXPECT_EQ(FoldedTexts::contains(octets, Part::all, "boat\na"), Answer::no);
}

TEST(FoldedTexts, KnowWhetherThereIsAnyText) {
  FoldedTexts texts;
  texts.add("subject: boat\n");
  std::string octets = octets_of(texts);
  EXPECT_EQ(FoldedTexts::contains(octets, Part::all, ""), Answer::yes);
  EXPECT_EQ(FoldedTexts::contains(octets, Part::behind_header, ""), Answer::no);
  EXPECT_EQ(FoldedTexts::contains(octets, Part::behind_header, "boat"), Answer::no);
  texts.begin(Keep::text);
  octets = octets_of(texts);
  EXPECT_EQ(octets, "\xff");
  EXPECT_EQ(FoldedTexts::contains(octets, Part::all, ""), Answer::yes);
  EXPECT_EQ(FoldedTexts::contains(octets, Part::behind_header, ""), Answer::yes);
}

TEST(FoldedTexts, DoNotKnowWhatTheyDoNotKeep) {
  FoldedTexts texts;
  texts.add("subject: boat\n");
  texts.begin(Keep::nothing);
  texts.add("rope");
  texts.begin(Keep::text);
  texts.add("chain");
  const std::string octets = octets_of(texts);
  EXPECT_EQ(FoldedTexts::contains(octets, Part::behind_header, "rope"), Answer::unknown);
  EXPECT_EQ(FoldedTexts::contains(octets, Part::behind_header, "boat"), Answer::unknown);
  EXPECT_EQ(FoldedTexts::contains(octets, Part::all, "boat"), Answer::yes);
  EXPECT_EQ(FoldedTexts::contains(octets, Part::header, "boat"), Answer::yes);
  EXPECT_EQ(FoldedTexts::contains(octets, Part::header, "chain"), Answer::no);
  EXPECT_EQ(FoldedTexts::contains(octets, Part::behind_header, "chain"), Answer::yes);
}

TEST(FoldedTexts, KeepNoLongText) {
  const std::string half(FoldedTexts::most_text_octets / 2, 'a');
  FoldedTexts texts;
  texts.begin(Keep::text);
  texts.add(half);
  texts.add(half);
  texts.begin(Keep::text);
  texts.add(half);
  texts.add(half + "b");
  texts.add("c");
  texts.begin(Keep::text);
  texts.add("d");
  EXPECT_EQ(octets_of(texts), "\xff" + half + half + "\xfe\xff" + "d");
}

TEST(FoldedTexts, KeepNothingOfWhatIsTooMuch) {
  const std::string text(FoldedTexts::most_text_octets, 'a');
  FoldedTexts texts;
  for (std::size_t octets = 0; octets <= FoldedTexts::most_octets; octets += text.size()) {
    texts.begin(Keep::text);
    texts.add(text);
  }
  EXPECT_EQ(texts.take(), std::nullopt);
  texts.add(std::string(FoldedTexts::most_octets + 1, 'a'));  // the header
  EXPECT_EQ(texts.take(), std::nullopt);
  texts.add("c");
  EXPECT_EQ(octets_of(texts), "c");
}

TEST(FoldedTexts, DoNotExpandWhenDamaged) {
  FoldedTexts texts;
  texts.add(std::string(1000, 'a'));
  const std::string stored = texts.take().value();
  std::string octets;
  for (std::size_t size = 0; size < stored.size(); ++size)
    EXPECT_THROW(FoldedTexts::expand(std::string_view(stored).substr(0, size), octets),
                 StoreFailure);
  // More octets than any message has.
  EXPECT_THROW(FoldedTexts::expand("\xff\xff\xff\xff\xff\x7f" + stored, octets), StoreFailure);
}

}  // namespace
}  // namespace postern::store
