#include "sync/base/log.h"

#include <gtest/gtest.h>

#include <string>

#include <fmt/format.h>

#include "sync/base/problem.h"
#include "sync/base/secret.h"

namespace postern::log {
namespace {

// G6: a peer's words stay on one line and cannot steer a terminal.
TEST(Quoted, MakesPeerWordsHarmless) {
  struct Row {
    std::string_view words;
    std::string_view expected;
  };
  using namespace std::string_view_literals;
  for (const Row& row :
       {Row{"", "\"\""}, Row{"-ERR no", "\"-ERR no\""}, Row{"a\r\nb", "\"a\\x0d\\x0ab\""},
        Row{"\x1b[2J", "\"\\x1b[2J\""}, Row{"a\0b"sv, "\"a\\x00b\""},
        Row{"say \"hi\"", "\"say \\\"hi\\\"\""}, Row{"back\\slash", "\"back\\\\slash\""},
        Row{"\x7f", "\"\\x7f\""}, Row{"m\xc3\xbcller", "\"m\\xc3\\xbcller\""}}) {
    EXPECT_EQ(quoted(row.words), row.expected);
  }
}

TEST(Quoted, IsBounded) {
  EXPECT_EQ(quoted("abcdef", 3), "\"abc\"...");
  EXPECT_EQ(quoted("abc", 3), "\"abc\"");
  const std::string million(1000000, '\x01');
  EXPECT_EQ(log::quoted(million).size(), 200 * 4 + 5U);
}

std::string line_of(Format format, std::string_view text) {
  configure(Level::info, format);
  testing::internal::CaptureStderr();
  emit(Level::info, "test", text);
  std::string line = testing::internal::GetCapturedStderr();
  configure(Level::info, Format::text);
  return line;
}

TEST(Log, TextIsOneLine) {
  const std::string line = line_of(Format::text, "polled; 3 new");
  EXPECT_TRUE(line.ends_with("Z info    test: polled; 3 new\n")) << line;
}

TEST(Log, JsonIsOneObjectALine) {
  const std::string line = line_of(Format::json, "say \"hi\"\nthen");
  EXPECT_NE(line.find(R"("area":"test","level":"info","text":"say \"hi\"\nthen")"),
            std::string::npos)
      << line;
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  // Not UTF-8: replaced, not thrown.
  EXPECT_NE(line_of(Format::json, "\xff").find("\"text\""), std::string::npos);
}

TEST(Log, LevelsBelowTheChosenOneAreSilent) {
  configure(Level::warning, Format::text);
  EXPECT_FALSE(enabled(Level::info));
  EXPECT_TRUE(enabled(Level::error));
  testing::internal::CaptureStderr();
  info("test", "{}", 1);
  warning("test", "{}", 2);
  const std::string lines = testing::internal::GetCapturedStderr();
  configure(Level::info, Format::text);
  EXPECT_NE(lines.find("test: 2"), std::string::npos);
  EXPECT_EQ(lines.find("test: 1"), std::string::npos);
}

// G4
TEST(Log, ASecretIsNeverPrinted) {
  testing::internal::CaptureStderr();
  info("test", "logging in with {}", Secret("swordfish"));
  const std::string line = testing::internal::GetCapturedStderr();
  EXPECT_NE(line.find("with ***"), std::string::npos);
  EXPECT_EQ(line.find("swordfish"), std::string::npos);
}

TEST(Problem, ReadsAsOneSentence) {
  EXPECT_EQ((Problem{"it broke", "mend it"}.text()), "it broke; mend it");
  EXPECT_EQ((Problem{"it broke", ""}.text()), "it broke");
}

}  // namespace
}  // namespace postern::log
