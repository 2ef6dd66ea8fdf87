#include "sync/wire/mbox/marks.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sync/wire/mbox/block.h"

namespace postern::wire::mbox {
namespace {

struct Row {
  const char* name;
  const char* header;
  Marks expected;
};

Marks marks(std::uint8_t flags, std::vector<std::string> keywords = {}) {
  Marks out;
  out.flags = flags;
  out.keywords = std::move(keywords);
  return out;
}

TEST(Marks, AreReadFromTheHeader) {
  Marks expunged = marks(1);
  expunged.expunged = true;
  Marks pseudo = marks(1);
  pseudo.pseudo = true;
  const std::vector<Row> rows = {
      {"none", "Subject: a\n\n", marks(0)},
      {"read", "Status: RO\n\n", marks(1)},
      {"old and not read", "Status: O\n\n", marks(0)},
      {"all", "Status: RO\r\nX-Status: AFTD\r\n\r\n", marks(31)},
      {"keywords of Dovecot", "X-Keywords: $Forwarded NonJunk   \n\n",
       marks(0, {"$Forwarded", "NonJunk"})},
      {"folded", "X-Keywords: one\n two\n\tThree\n\n", marks(0, {"one", "two", "Three"})},
      {"once each", "X-Keywords: one\nX-Mozilla-Keys: ONE two\n\n", marks(0, {"one", "two"})},
      {"no atoms", "X-Keywords: (a) {\n\n", marks(0, {"a"})},
      {"Thunderbird", "X-Mozilla-Status: 0005\nX-Mozilla-Status2: 00000000\n\n", marks(5)},
      {"Thunderbird forwarded", "X-Mozilla-Status: 1003\nX-Mozilla-Keys: $label1      \n\n",
       marks(3, {"$Forwarded", "$label1"})},
      {"Thunderbird expunged", "X-Mozilla-Status: 0009\n\n", expunged},
      {"Thunderbird deleted over IMAP", "X-Mozilla-Status2: 00200000\n\n", marks(8)},
      {"internal data",
       "Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 1 2\nStatus: RO\n\n",
       pseudo},
      {"not in the text", "Subject: a\n\nStatus: RO\n", marks(0)},
  };
  for (const Row& row : rows) EXPECT_EQ(read_marks(row.header), row.expected) << row.name;
}

TEST(Marks, AreNoPartOfTheIdentity) {
  const std::string plain = "From: a\r\nSubject: b\r\n c\r\n\r\ntext\r\n";
  EXPECT_EQ(without_marks(plain), plain);
  EXPECT_EQ(without_marks("X-Account-Key: account1\r\nX-UIDL: 7\r\nX-Mozilla-Status: 0001\r\n"
                          "X-Mozilla-Status2: 00000000\r\nX-Mozilla-Keys:   \r\n  \r\n" +
                          plain),
            plain);
  EXPECT_EQ(without_marks("From: a\nSTATUS: RO\nContent-Length: 5\nSubject: b\n\nStatus: RO\n"),
            "From: a\nSubject: b\n\nStatus: RO\n");
}

TEST(Marks, AreReadAsTheyWereWritten) {
  for (int flags = 0; flags < 32; ++flags) {
    const Marks some = marks(static_cast<std::uint8_t>(flags), {"$Forwarded", "one"});
    EXPECT_EQ(read_marks(mark_fields(some) + "\n"), some);
  }
}

TEST(Block, IsReadAsItWasWritten) {
  Block block;
  block.variant = Variant::mboxcl;
  block.exact = true;
  block.open = true;
  block.marks = marks(19, {"one", "two"});
  block.content_length = 812;
  const std::string lines = format_block(block);
  const auto parsed = parse_block(lines + "Subject: a\n\n");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->block, block);
  EXPECT_EQ(parsed->octets, lines.size());
}

TEST(Block, ThatIsNotWholeIsPartOfTheMessage) {
  for (const char* text : {
           "X-Postern: 1; lines=1\n",
           "X-Postern: 2; lines=0\n",
           "X-Postern: 1\n",
           "X-Postern: 1; lines=1\nSubject: a\n\n",
           "X-Postern: 1; lines=99\nStatus: O\n",
           "X-Postern: 1; lines=1; else\nStatus: O\n",
           " X-Postern: 1; lines=0\n",
           "",
           "X-Postern: 1; lines=0",
       })
    EXPECT_FALSE(parse_block(text)) << text;
}

}  // namespace
}  // namespace postern::wire::mbox
