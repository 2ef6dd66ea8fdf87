#include "config/read_secret.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/config/folder.h"

namespace postern::config {
namespace {

std::string text_of(const SecretSource& source) {
  const auto secret = read_secret(source);
  return secret ? std::string(secret->reveal()) : "problem: " + secret.error().text();
}

TEST(SecretSource, Plain) {
  EXPECT_EQ(text_of({SecretSource::Plain{Secret("swordfish")}}), "swordfish");
}

TEST(SecretSource, FileGivesItsFirstLine) {
  Folder folder;
  struct Row {
    std::string_view text;
    std::string_view expected;
  };
  for (const Row& row :
       {Row{"swordfish\n", "swordfish"}, Row{"swordfish", "swordfish"},
        Row{"swordfish\r\n", "swordfish"}, Row{"one\ntwo\n", "one"}, Row{" a b \n", " a b "}}) {
    EXPECT_EQ(text_of({SecretSource::File{folder.write("secret", row.text)}}), row.expected);
  }
}

// G1: a secret that others can read is none.
TEST(SecretSource, FileOfOthersIsRefusedWithTheCommandThatMendsIt) {
  Folder folder;
  for (const mode_t mode : {0640U, 0604U, 0660U, 0602U, 0777U}) {
    const auto file = folder.write("secret", "swordfish\n", mode);
    const std::string text = text_of({SecretSource::File{file}});
    EXPECT_NE(text.find("type: chmod 600 " + file.string()), std::string::npos) << text;
    EXPECT_EQ(text.find("swordfish"), std::string::npos);
  }
  for (const mode_t mode : {0600U, 0400U}) {
    EXPECT_EQ(text_of({SecretSource::File{folder.write("secret", "swordfish\n", mode)}}),
              "swordfish");
    std::filesystem::remove(folder.path() / "secret");
  }
}

TEST(SecretSource, FileThatIsNone) {
  Folder folder;
  EXPECT_NE(text_of({SecretSource::File{folder.path() / "absent"}}).find("No such file"),
            std::string::npos);
  EXPECT_NE(text_of({SecretSource::File{folder.path()}}).find("not a regular file"),
            std::string::npos);
  // Opening a FIFO must not wait for a writer.
  const auto fifo = folder.path() / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_NE(text_of({SecretSource::File{fifo}}).find("not a regular file"), std::string::npos);
}

TEST(SecretSource, Environment) {
  const Variable set("POSTERN_TEST_SECRET", "swordfish");
  EXPECT_EQ(text_of({SecretSource::Environment{"POSTERN_TEST_SECRET"}}), "swordfish");
  const Variable unset("POSTERN_TEST_SECRET", nullptr);
  EXPECT_NE(text_of({SecretSource::Environment{"POSTERN_TEST_SECRET"}}).find("is not set"),
            std::string::npos);
}

TEST(SecretSource, Command) {
  EXPECT_EQ(text_of({SecretSource::Command{"echo swordfish"}}), "swordfish");
}

TEST(SecretSource, Credential) {
  Folder folder;
  folder.write("gmx", "swordfish\n", 0440);
  const Variable directory("CREDENTIALS_DIRECTORY", folder.path().c_str());
  EXPECT_EQ(text_of({SecretSource::Credential{"gmx"}}), "swordfish");
  EXPECT_NE(text_of({SecretSource::Credential{"other"}}).find("No such file"), std::string::npos);
  const Variable none("CREDENTIALS_DIRECTORY", nullptr);
  EXPECT_NE(text_of({SecretSource::Credential{"gmx"}}).find("LoadCredential=gmx:"),
            std::string::npos);
}

// E11: whatever its place, a password is one line without NUL.
TEST(SecretSource, EmptyAndBrokenSecretsAreProblems) {
  Folder folder;
  EXPECT_NE(text_of({SecretSource::File{folder.write("a", "\nsecond\n")}}).find("is empty"),
            std::string::npos);
  EXPECT_NE(text_of({SecretSource::File{folder.write("b", std::string("a\0b\n", 4))}}).find("NUL"),
            std::string::npos);
  EXPECT_NE(text_of({SecretSource::File{folder.write("c", "a\rb\n")}}).find("line end"),
            std::string::npos);
  EXPECT_NE(text_of({SecretSource::Command{"true"}}).find("is empty"), std::string::npos);
}

}  // namespace
}  // namespace postern::config
