#include "proxy/daemon/sample_mail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "proxy/daemon/sample_text.h"
#include "sync/wire/utf8.h"

namespace postern::daemon::test {
namespace {

constexpr std::size_t count = 320;
const WallTime last = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23);

std::vector<SampleMessage> all_messages() {
  std::vector<SampleMessage> out;
  for (std::size_t number = 0; number < count; ++number)
    out.push_back(sample_message(number, count, last));
  return out;
}

TEST(SampleMail, is_the_same_every_time_and_other_for_another_seed) {
  for (std::size_t number = 0; number < 40; ++number) {
    EXPECT_EQ(sample_message(number, count, last).text, sample_message(number, count, last).text);
    EXPECT_NE(sample_message(number, count, last).text,
              sample_message(number, count, last, 2).text);
  }
}

TEST(SampleMail, is_what_mail_has_to_be) {  // RFC 5322 section 2.1
  for (const auto& message : all_messages()) {
    const std::string& text = message.text;
    ASSERT_TRUE(text.ends_with("\r\n"));
    std::size_t start = 0;
    while (start < text.size()) {
      const std::size_t end = text.find("\r\n", start);
      ASSERT_LE(end - start, 998U);
      const auto line = std::string_view(text).substr(start, end - start);
      ASSERT_EQ(line.find_first_of("\r\n"), std::string_view::npos);
      start = end + 2;
    }
    const auto header = text.substr(0, text.find("\r\n\r\n"));
    EXPECT_TRUE(
        std::ranges::all_of(header, [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
    for (const char* field :
         {"From: ", "To: ", "Subject: ", "Date: ", "Message-ID: ", "MIME-Version: "}) {
      EXPECT_THAT(header, testing::HasSubstr(field));
    }
  }
}

TEST(SampleMail, has_every_family_over_two_years) {
  const auto all = all_messages();
  const auto holding = [&](const char* words) {
    return std::ranges::count_if(all, [words](const auto& message) {
      return message.text.find(words) != std::string::npos;
    });
  };
  for (const char* words : {"multipart/alternative", "text/csv", "message/rfc822", "text/calendar",
                            "List-Id: ", "In-Reply-To: ", "=?UTF-8?B?", "multipart/related"}) {
    EXPECT_GE(holding(words), 10) << words;
  }
  EXPECT_GE(std::ranges::count_if(all, [](const auto& m) { return m.text.size() > 1'000'000; }), 3);
  EXPECT_TRUE(std::ranges::all_of(all, [](const auto& m) { return m.text.size() < 4'000'000; }));
  EXPECT_EQ(all.back().date, last);
  EXPECT_GT(last - all.front().date, std::chrono::days(700));
  EXPECT_TRUE(std::ranges::is_sorted(all, {}, &SampleMessage::date));
  std::set<std::string> texts;
  for (const auto& message : all) texts.insert(message.text);
  EXPECT_EQ(texts.size(), count);
}

TEST(SampleText, headers_are_folded_and_encoded) {
  EXPECT_EQ(sample::header_text("plain words"), "plain words");
  EXPECT_EQ(sample::header_text("Grüße"), "=?UTF-8?B?R3LDvMOfZQ==?=");
  for (const char* subject : sample::subjects) {
    const auto text = sample::header_text(subject);
    for (std::size_t at = 0; at < text.size();) {
      const auto end = std::min(text.find("\r\n", at), text.size());
      EXPECT_LE(end - at, 76U) << subject;
      at = end + 2;
    }
  }
}

TEST(SampleText, quoted_printable_rows) {  // RFC 2045 section 6.7
  struct Row {
    const char* name;
    std::string text;
    std::string expected;
  };
  const Row rows[] = {
      {"plain", "a b\r\n", "a b\r\n"},
      {"space at the end", "a \r\n", "a=20\r\n"},
      {"equals sign", "a=b\r\n", "a=3Db\r\n"},
      {"8-bit", "ä\r\n", "=C3=A4\r\n"},
      {"long line", std::string(80, 'x'), std::string(75, 'x') + "=\r\nxxxxx"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(sample::quoted_printable(row.text), row.expected) << row.name;
}

}  // namespace
}  // namespace postern::daemon::test
