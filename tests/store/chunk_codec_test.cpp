#include "sync/store/chunk_codec.h"

#include <algorithm>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "sync/store/failure.h"
#include "sync/wire/base64.h"

namespace postern::store {
namespace {

std::string noise(std::size_t octets, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::string text(octets, '\0');
  std::ranges::generate(text, [&] { return static_cast<char>(random()); });
  return text;
}

/// Base64 of `octets` in lines of `width` letters with that end.
std::string lines_of(const std::string& octets, std::size_t width,
                     const std::string& end = "\r\n") {
  const std::string letters = wire::base64_encode(octets);
  std::string text;
  for (std::size_t at = 0; at < letters.size(); at += width)
    text += letters.substr(at, width) + end;
  return text;
}

std::string text_of(std::size_t lines) {
  std::string text;
  for (std::size_t i = 0; i < lines; ++i)
    text += "Line " + std::to_string(i * i) + ", with some words in it.\r\n";
  return text;
}

std::string stored_form(std::string_view raw) {
  std::string stored;
  const std::size_t octets = compress_chunk(raw, stored);
  EXPECT_EQ(octets, stored.size());
  return stored;
}

std::string expanded(std::string_view stored, std::size_t octets) {
  std::string out = "kept:";
  expand_chunk(stored, octets, out);
  EXPECT_TRUE(out.starts_with("kept:"));
  return out.substr(5);
}

struct Shape {
  const char* name;
  std::string octets;
};

std::vector<Shape> shapes() {
  const std::string lines = lines_of(noise(3000), 76);
  std::string letter_wrong = lines;
  letter_wrong[1000] = '-';
  std::string cr_wrong = lines;
  cr_wrong[78 * 10 - 2] = 'A';
  return {
      {"nothing", ""},
      {"one octet", "x"},
      {"noise", noise(5000)},
      {"text", text_of(200)},
      {"lines of 76", lines},
      {"of 64", lines_of(noise(3000), 64)},
      {"of 60", lines_of(noise(3000), 60)},
      {"of 4", lines_of(noise(300), 4)},
      {"of 72, 8-bit text around them", "\xff\xfe\r\n" + lines_of(noise(3000), 72) + "\xff"},
      {"no whole quartets", lines_of(noise(3000), 75)},
      {"the longest", lines_of(noise(3000), 1020)},
      {"too long", lines_of(noise(6000), 1024)},
      {"LF alone", lines_of(noise(3000), 76, "\n")},
      {"CR alone", lines_of(noise(3000), 76, "\r")},
      {"CR CR LF", lines_of(noise(3000), 76, "\r\r\n")},
      {"blanks behind", lines_of(noise(3000), 76, "  \r\n")},
      {"padding at the end", lines_of(noise(3001), 76)},
      {"padding twice", lines_of(noise(2999), 76) + lines_of(noise(2998), 76)},
      {"text before, between and behind",
       text_of(20) + lines + text_of(10) + lines_of(noise(2000), 64) + text_of(5)},
      {"empty lines between", lines + "\r\n\r\n" + lines},
      {"a wrong letter", letter_wrong},
      {"a wrong line end", cr_wrong},
      {"widths change", lines_of(noise(2000), 76) + lines_of(noise(2000), 72) + lines},
      {"no end", lines.substr(0, lines.size() - 1)},
      {"what compresses", lines_of(text_of(2000), 76)},
      {"much noise", lines_of(noise(90'000), 76)},
      {"noise, then what compresses", lines_of(noise(40'000) + std::string(40'000, 'x'), 76)},
      {"letters without an end", std::string(5000, 'A')},
      {"NUL", std::string(5000, '\0')},
  };
}

TEST(ChunkCodec, GivesBackWhatWasThereWhereverItIsCut) {
  for (const Shape& shape : shapes()) {
    const std::string_view whole = shape.octets;
    const std::size_t step = whole.size() > 20'000 ? 13 : 1;
    for (std::size_t cut = 0; cut <= std::min<std::size_t>(whole.size(), 160); cut += step) {
      for (const std::string_view raw :
           {whole.substr(cut), whole.substr(0, whole.size() - cut), whole.substr(0, cut)}) {
        const std::string stored = stored_form(raw);
        EXPECT_LE(stored.size(), raw.size() + 1) << shape.name;
        ASSERT_EQ(expanded(stored, raw.size()), raw) << shape.name << ", cut at " << cut;
      }
    }
  }
}

TEST(ChunkCodec, StoresAttachmentsAsTheirOctets) {
  const std::string lines = lines_of(noise(90'000), 76);
  EXPECT_LT(stored_form(lines).size(), 90'100U);
  EXPECT_LT(stored_form("text in front\r\n\r\n" + lines + "text behind\r\n").size(), 90'200U);
  EXPECT_LT(stored_form(lines_of(text_of(2000), 76)).size(), text_of(2000).size() / 2);
  // All octets as often as each other, and yet it is not noise.
  std::string counted;
  for (int i = 0; i < 90'000; ++i) counted.push_back(static_cast<char>(i));
  EXPECT_LT(stored_form(lines_of(counted, 76)).size(), 5000U);
  // A part that compresses is found between others that do not.
  const std::string mixed = noise(30'000) + text_of(1000) + noise(30'000, 2);
  EXPECT_LT(stored_form(lines_of(mixed, 76)).size(), 60'000 + text_of(1000).size() / 2);
}

TEST(ChunkCodec, RefusesWhatItDidNotMake) {
  for (const Shape& shape : shapes()) {
    const std::string stored = stored_form(shape.octets);
    const std::size_t octets = shape.octets.size();
    EXPECT_THROW(expanded(stored, octets + 1), StoreFailure) << shape.name;
    if (octets != 0) {
      EXPECT_THROW(expanded(stored, octets - 1), StoreFailure) << shape.name;
    }
    EXPECT_THROW(expanded(stored + "x", octets), StoreFailure) << shape.name;
    for (std::size_t length = 0; length < std::min<std::size_t>(stored.size(), 300); ++length)
      EXPECT_THROW(expanded(std::string_view(stored).substr(0, length), octets), StoreFailure)
          << shape.name << ", " << length << " octets left";
    // What is changed may be taken for something else, but never for more or less than there was.
    for (std::size_t at = 0; at < std::min<std::size_t>(stored.size(), 300); ++at) {
      std::string changed = stored;
      changed[at] = static_cast<char>(changed[at] ^ 0x55);
      try {
        EXPECT_EQ(expanded(changed, octets).size(), octets) << shape.name;
      } catch (const StoreFailure& failure) {
        EXPECT_EQ(failure.kind(), FailureKind::corrupt) << shape.name;
      }
    }
  }
}

/// Octets that compress a little: `share` of 256 of them are noise.
std::string half_noise(std::size_t octets, unsigned share) {
  const std::string random = noise(octets, static_cast<unsigned>(octets) + share);
  std::string text(octets, 'a');
  for (std::size_t i = 0; i < octets; ++i)
    if (i * share % 256 < share) text[i] = random[i];
  return text;
}

TEST(ChunkCodec, IsNeverLongerThanItsOctetsWhateverRoomThereIs) {
  // A form as long as the octets would be taken for them. What is compressed one after another in a
  // thread shares a buffer, which grows.
  for (const unsigned share : {180U, 200U, 220U, 235U, 245U, 250U}) {
    std::string failed;
    std::thread fresh([&] {
      for (std::size_t octets = 20; octets < 700; ++octets) {
        const std::string raw = half_noise(octets, share);
        std::string stored;
        (void)compress_chunk(raw, stored);
        std::string back;
        expand_chunk(stored, raw.size(), back);
        if (stored.size() > raw.size() + 1 || back != raw) failed += std::to_string(octets) + " ";
      }
    });
    fresh.join();
    EXPECT_EQ(failed, "") << share;
  }
}

}  // namespace
}  // namespace postern::store
