#include "proxy/daemon/archive/message_source.h"

#include <atomic>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/folder.h"

namespace postern::daemon::archive {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

class MaildirSourceTest : public testing::Test {
 protected:
  MaildirSourceTest() {
    for (const char* part : {"cur", "new", "tmp"}) fs::create_directory(folder.path / part);
  }
  [[nodiscard]] std::unique_ptr<MessageSource> open() const {
    return open_folder({.path = folder.path,
                        .form = ImportFolder::Form::maildir,
                        .thunderbird = false,
                        .variant = std::nullopt,
                        .mailbox = "INBOX",
                        .use = store::SpecialUse::none,
                        .octets = 0},
                       1000);
  }
  static std::vector<std::string> texts(MessageSource& source) {
    std::vector<std::string> found;
    while (const FoundMessage* message = source.next()) found.push_back(message->text);
    return found;
  }

  test::TemporaryFolder folder;
};

TEST_F(MaildirSourceTest, ReadsWhatIsMovedWhileItIsRead) {
  write(folder.path / "new/1.a", "A: 1\r\n");
  write(folder.path / "new/2.a", "A: 2\r\n");
  write(folder.path / "cur/3.a:2,", "A: 3\r\n");
  const auto source = open();
  fs::rename(folder.path / "new/1.a", folder.path / "cur/1.a:2,S");
  fs::rename(folder.path / "cur/3.a:2,", folder.path / "cur/3.a:2,F");
  const FoundMessage* first = source->next();
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->text, "A: 1\r\n");
  EXPECT_EQ(first->marks.flags, 1);
  EXPECT_THAT(texts(*source), ElementsAre("A: 2\r\n", "A: 3\r\n"));
  EXPECT_EQ(source->incomplete(), "");
}

/// It was moved between the listing of the one part and of the other.
TEST_F(MaildirSourceTest, ReadsOnceWhatItMetTwice) {
  write(folder.path / "new/1.a", "A: 1\r\n");
  write(folder.path / "cur/1.a:2,S", "A: 1\r\n");
  const auto source = open();
  fs::remove(folder.path / "new/1.a");
  EXPECT_THAT(texts(*source), ElementsAre("A: 1\r\n"));
  EXPECT_EQ(source->incomplete(), "");
}

/// Files of one name in both are messages of their own, as long as both are there.
TEST_F(MaildirSourceTest, ReadsBothOfTwoFilesThatStay) {
  write(folder.path / "new/1.a", "A: 1\r\n");
  write(folder.path / "cur/1.a:2,S", "A: 2\r\n");
  const auto source = open();
  EXPECT_THAT(texts(*source), UnorderedElementsAre("A: 1\r\n", "A: 2\r\n"));
}

TEST_F(MaildirSourceTest, SaysThatSomethingVanished) {
  write(folder.path / "new/1.a", "A: 1\r\n");
  write(folder.path / "cur/2.a:2,", "A: 2\r\n");
  const auto source = open();
  fs::remove(folder.path / "cur/2.a:2,");
  EXPECT_THAT(texts(*source), ElementsAre("A: 1\r\n"));
  EXPECT_THAT(source->incomplete(), HasSubstr("1 files were moved or deleted meanwhile"));
}

TEST_F(MaildirSourceTest, MissesNothingThatMovesWhileItIsListed) {
  constexpr int messages = 200;
  for (int round = 0; round < 30; ++round) {
    for (const auto& entry : fs::directory_iterator(folder.path / "cur")) fs::remove(entry.path());
    std::set<std::string> expected;
    std::vector<std::string> names;
    for (int i = 0; i < messages; ++i) {
      names.push_back(std::to_string(1000 + i) + ".a");
      const std::string text = "A: " + names.back() + "\r\n";
      write(folder.path / "new" / names.back(), text);
      expected.insert(text);
    }
    std::atomic<bool> begun = false;
    std::thread mover([&] {
      begun = true;
      begun.notify_one();
      for (const std::string& name : names)
        fs::rename(folder.path / "new" / name, folder.path / "cur" / (name + ":2,S"));
    });
    begun.wait(false);
    const auto source = open();
    mover.join();
    const auto found = texts(*source);
    EXPECT_EQ(source->incomplete(), "");
    ASSERT_EQ(std::set<std::string>(found.begin(), found.end()), expected);
    ASSERT_EQ(found.size(), expected.size());
  }
}

TEST(MboxSource, SaysThatItsFileWasWrittenTo) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.path / "box";
  const std::string message = "From a@b Fri Jul  8 12:08:34 2011\nA: 1\n\nx\n\n";
  write(path, message);
  ImportFolder from;
  from.path = path;
  const auto source = open_folder(from, 1000);
  EXPECT_EQ(source->incomplete(), "");
  std::ofstream(path, std::ios::binary | std::ios::app) << message;
  while (source->next() != nullptr) {
  }
  EXPECT_THAT(source->incomplete(), HasSubstr("box was written to meanwhile"));
}

}  // namespace
}  // namespace postern::daemon::archive
