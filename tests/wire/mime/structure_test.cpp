#include "sync/wire/mime/structure.h"

#include <gmock/gmock.h>

#include <string>

#include "tests/wire/mime/scan.h"

namespace postern::wire::mime {
namespace {

/// Compares by what a scan with this structure would print.
std::string described(Structure structure) {
  Scanned scanned;
  scanned.structure = std::move(structure);
  std::string out = test::described(scanned);
  for (const Part& part : scanned.structure.parts) out += testing::PrintToString(part.children);
  return out;
}

TEST(Structure, ComesBackFromItsStoredForm) {
  for (const auto& [name, octets] : test::samples()) {
    const Structure structure = test::scan(octets).structure;
    const auto back = Structure::decode(structure.encode());
    ASSERT_TRUE(back.has_value()) << name;
    EXPECT_EQ(described(*back), described(structure)) << name;
  }
}

TEST(Structure, RefusesWhatWasNeverStored) {
  for (const auto& [name, octets] : test::samples()) {
    const std::string stored = test::scan(octets).structure.encode();
    for (std::size_t size = 0; size < stored.size(); ++size) {
      EXPECT_FALSE(Structure::decode(stored.substr(0, size)).has_value()) << name << " " << size;
    }
    EXPECT_FALSE(Structure::decode(stored + 'x').has_value()) << name;
    EXPECT_FALSE(Structure::decode('\x02' + stored.substr(1)).has_value()) << name;
  }
}

/// Whatever damage still decodes gives a tree that can be walked.
TEST(Structure, DamagedOctetsGiveATreeOrNothing) {
  for (const auto& [name, octets] : test::samples()) {
    const std::string stored = test::scan(octets).structure.encode();
    for (std::size_t at = 0; at < stored.size(); ++at) {
      for (const int change : {1, 0x7f, 0x80, 0xff}) {
        std::string damaged = stored;
        damaged[at] = static_cast<char>(damaged[at] ^ change);
        const auto back = Structure::decode(damaged);
        if (!back) continue;
        ASSERT_FALSE(back->parts.empty());
        for (std::size_t i = 0; i < back->parts.size(); ++i) {
          const Part& part = back->parts[i];
          EXPECT_LE(part.body_begin, part.body_end);
          EXPECT_TRUE(i == 0 || part.parent < i) << name;
          EXPECT_TRUE(part.kind != PartKind::message || part.children.size() == 1) << name;
        }
      }
    }
  }
}

TEST(Structure, LargeOffsets) {
  Structure structure;
  Part& part = structure.parts.emplace_back();
  part.body_begin = 300;
  part.body_end = 5'000'000'000;
  part.body_lines = 70'000'000;
  const auto back = Structure::decode(structure.encode());
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->parts.front().body_end, 5'000'000'000U);
  EXPECT_EQ(back->parts.front().body_lines, 70'000'000U);
}

}  // namespace
}  // namespace postern::wire::mime
