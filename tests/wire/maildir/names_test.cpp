#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sync/wire/maildir/file_name.h"
#include "sync/wire/maildir/folder_name.h"
#include "sync/wire/maildir/keywords.h"

namespace postern::wire::maildir {
namespace {

TEST(MaildirFileName, TellsFlags) {
  struct Row {
    const char* name;
    FileName expected;
  };
  const std::vector<Row> rows = {
      {"1.M2.host", {"1.M2.host", 0, false, ""}},
      {"1.M2.host,S=3:2,", {"1.M2.host,S=3", 0, false, ""}},
      {"1.M2.host:2,DFRST", {"1.M2.host", 31, false, ""}},
      {"1.M2.host;2,PS", {"1.M2.host", 1, true, ""}},
      {"1.M2.host!2,Sba", {"1.M2.host", 1, false, "ab"}},
      {"1.M2.host:2,S,xyz", {"1.M2.host", 1, false, ""}},
      {"1.M2.host:1,x", {"1.M2.host:1,x", 0, false, ""}},
      {"2,S", {"2,S", 0, false, ""}},
  };
  for (const Row& row : rows) EXPECT_EQ(parse_file_name(row.name), row.expected) << row.name;
  const FileName all{"1.host,S=3", 31, true, "az"};
  EXPECT_EQ(format_file_name(all), "1.host,S=3:2,DFPRSTaz");
  EXPECT_EQ(parse_file_name(format_file_name(all)), all);
}

TEST(MaildirFolderName, IsAMailboxes) {
  EXPECT_EQ(mailbox_of_folder(".Sent"), "Sent");
  EXPECT_EQ(mailbox_of_folder(".A.B"), "A/B");
  EXPECT_EQ(mailbox_of_folder(".Entw&APw-rfe"), "Entwürfe");
  EXPECT_EQ(mailbox_of_folder(".Entwürfe"), "Entwürfe");
  EXPECT_EQ(mailbox_of_folder(".a\\2eb"), "a.b");
  EXPECT_FALSE(mailbox_of_folder("Sent"));
  EXPECT_FALSE(mailbox_of_folder(".a..b"));
  EXPECT_FALSE(mailbox_of_folder(".\xff"));
  for (const char* name : {"A/B", "Entwürfe/2024", "a.b/c\\d", "R&D", "日本語", "a\\2eb"})
    EXPECT_EQ(mailbox_of_folder(folder_of_mailbox(name)), name);
}

TEST(MaildirKeywords, AreLetters) {
  Keywords keywords = Keywords::parse("0 $Forwarded\n2 work\r\n99 much\nx y\n3\n");
  EXPECT_EQ(keywords.name_of('a'), "$Forwarded");
  EXPECT_EQ(keywords.name_of('b'), "");
  EXPECT_EQ(keywords.name_of('c'), "work");
  EXPECT_EQ(keywords.name_of('z'), "");
  EXPECT_EQ(keywords.letter_for("WORK"), 'c');
  EXPECT_EQ(keywords.letter_for("new"), 'd');
  EXPECT_EQ(Keywords::parse(keywords.format()), keywords);
  for (int i = 0; i < 22; ++i) EXPECT_TRUE(keywords.letter_for("k" + std::to_string(i)));
  EXPECT_FALSE(keywords.letter_for("one more"));
}

}  // namespace
}  // namespace postern::wire::maildir
