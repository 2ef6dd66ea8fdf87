#include "sync/net/deflate_layer.h"

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>

#include <zlib.h>

#include <gtest/gtest.h>

namespace postern::net::test {
namespace {

using Outcome = DeflateLayer::Outcome;

/// The other side, as a mail program would do it: zlib as it is, the largest window.
class OtherSide {
 public:
  OtherSide() {
    deflateInit2(&out_, Z_BEST_COMPRESSION, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
    inflateInit2(&in_, -15);
  }
  OtherSide(const OtherSide&) = delete;
  ~OtherSide() {
    deflateEnd(&out_);
    inflateEnd(&in_);
  }

  std::string compress(std::string text, int flush = Z_SYNC_FLUSH) {
    std::string out(text.size() + 1000, '\0');
    out_.next_in = reinterpret_cast<Bytef*>(text.data());
    out_.avail_in = static_cast<uInt>(text.size());
    out_.next_out = reinterpret_cast<Bytef*>(out.data());
    out_.avail_out = static_cast<uInt>(out.size());
    deflate(&out_, flush);
    out.resize(out.size() - out_.avail_out);
    return out;
  }
  std::string expand(std::string compressed) {
    std::string out(4'000'000, '\0');
    in_.next_in = reinterpret_cast<Bytef*>(compressed.data());
    in_.avail_in = static_cast<uInt>(compressed.size());
    in_.next_out = reinterpret_cast<Bytef*>(out.data());
    in_.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&in_, Z_SYNC_FLUSH);
    EXPECT_TRUE(result == Z_OK || result == Z_BUF_ERROR) << result;
    EXPECT_EQ(in_.avail_in, 0U);
    out.resize(out.size() - in_.avail_out);
    return out;
  }

 private:
  z_stream out_{};
  z_stream in_{};
};

/// All that can be had without more; `room` octets at a time.
std::string expand(DeflateLayer& layer, std::size_t room, Outcome& end) {
  std::string out;
  std::string piece(room, '\0');
  while (true) {
    const auto step = layer.expand(piece);
    end = step.outcome;
    if (step.outcome != Outcome::octets) return out;
    out.append(piece, 0, step.octets);
  }
}

std::string expand(DeflateLayer& layer, std::string_view compressed, std::size_t room = 16384) {
  layer.feed(compressed);
  Outcome end = Outcome::more_needed;
  std::string out = expand(layer, room, end);
  EXPECT_EQ(end, Outcome::more_needed);
  return out;
}

/// Letters, with repetitions near and far.
std::string some_text(std::mt19937& random, std::size_t octets) {
  std::string text;
  while (text.size() < octets) {
    if (!text.empty() && random() % 3 == 0) {
      const std::size_t at = random() % text.size();
      text += text.substr(at, random() % 400);
    } else {
      text += static_cast<char>('a' + random() % 26);
    }
  }
  text.resize(octets);
  return text;
}

TEST(DeflateLayer, SaysAndHearsTheSameWhenItRestsBetween) {
  for (const bool rests : {false, true}) {
    std::mt19937 random(7);
    DeflateLayer layer;
    OtherSide other;
    const std::string whole = some_text(random, 200'000);
    for (std::size_t at = 0; at < whole.size();) {
      const std::string said = whole.substr(at, 1 + random() % 9000);
      at += said.size();
      EXPECT_EQ(other.expand(layer.compress(said)), said);
      if (rests) layer.rest();
      EXPECT_EQ(expand(layer, other.compress(said), 1 + random() % 5000), said);
      if (rests) layer.rest();
    }
  }
}

TEST(DeflateLayer, HearsWhatComesInPieces) {
  std::mt19937 random(8);
  DeflateLayer layer;
  OtherSide other;
  const std::string text = some_text(random, 3000);
  std::string compressed = other.compress(text);
  compressed += other.compress(text);
  std::string got;
  for (const char octet : compressed) {
    got += expand(layer, std::string_view(&octet, 1), 7);
    layer.rest();
  }
  EXPECT_EQ(got, text + text);
}

/// A program that flushes otherwise ends in the middle of an octet.
TEST(DeflateLayer, RestsOnlyWhereItCan) {
  for (const int flush : {Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_PARTIAL_FLUSH, Z_BLOCK}) {
    DeflateLayer layer;
    OtherSide other;
    std::string got;
    std::string said;
    for (int i = 0; i < 50; ++i) {
      const std::string command = "a" + std::to_string(i) + " UID FETCH 1:* (FLAGS)\r\n";
      said += command;
      got += expand(layer, other.compress(command, flush));
      layer.rest();
    }
    got += expand(layer, other.compress("", Z_SYNC_FLUSH));
    EXPECT_EQ(got, said) << flush;
  }
}

/// What a connection costs that is compressed and idles: measured here, told in
/// docs/compatibility.md.
TEST(DeflateLayer, HoldsLittleWhileItRests) {
  std::mt19937 random(9);
  DeflateLayer layer;
  OtherSide other;
  EXPECT_LT(layer.octets_held(), 1024U);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(expand(layer, other.compress("a UID FETCH 1:* (FLAGS)\r\n")).size(), 25U);
    (void)layer.compress(some_text(random, 50'000));
  }
  EXPECT_LT(layer.octets_held(), 120'000U);
  layer.rest();
  EXPECT_LT(layer.octets_held(), 6U * 1024);
  // The most that another side can have us remember.
  EXPECT_EQ(expand(layer, other.compress(some_text(random, 100'000))).size(), 100'000U);
  layer.rest();
  EXPECT_LT(layer.octets_held(), 38U * 1024);
}

TEST(DeflateLayer, RemembersWhileItRestsWhatWasSaid) {
  std::mt19937 random(10);
  DeflateLayer layer;
  // Nothing in it has been said before.
  std::string text;
  while (text.size() < 3000) text += static_cast<char>('a' + random() % 26);
  const std::size_t first = layer.compress(text).size();
  layer.rest();
  EXPECT_LT(layer.compress(text).size() * 10, first);
}

TEST(DeflateLayer, SwellsNoFurtherThanIsAskedFor) {
  DeflateLayer layer;
  OtherSide other;
  const std::string bomb = other.compress(std::string(50'000'000, 'x'));
  layer.feed(bomb);
  EXPECT_LT(layer.octets_held(), 60'000U);
  std::string room(1000, '\0');
  for (int i = 0; i < 1000; ++i) {
    const auto step = layer.expand(room);
    ASSERT_EQ(step.outcome, Outcome::octets);
    ASSERT_EQ(room, std::string(1000, 'x'));
  }
  EXPECT_LT(layer.octets_held(), bomb.size() + 60'000U);
}

TEST(DeflateLayer, KnowsTheEndAndWhatIsBroken) {
  struct Row {
    std::string_view name;
    std::string octets;
    Outcome outcome;
    std::string text;
  };
  OtherSide ends;
  OtherSide cut;
  const Row rows[] = {
      {"end", ends.compress("abc", Z_FINISH), Outcome::end, "abc"},
      {"cut", cut.compress("abcdefgh").substr(0, 3), Outcome::more_needed, ""},
      {"plain text", "\xff\xff\xff\xff", Outcome::broken, ""},
      {"a header of zlib", "\x78\x9c\x4b\x4c\x4a", Outcome::broken, ""},
  };
  for (const Row& row : rows) {
    DeflateLayer layer;
    layer.feed(row.octets);
    Outcome end = Outcome::octets;
    const std::string got = expand(layer, 100, end);
    EXPECT_EQ(end, row.outcome) << row.name;
    if (row.outcome == Outcome::end) {
      EXPECT_EQ(got, row.text) << row.name;
    }
  }
}

}  // namespace
}  // namespace postern::net::test
