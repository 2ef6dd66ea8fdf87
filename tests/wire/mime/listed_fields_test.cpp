#include "sync/wire/mime/listed_fields.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::wire::mime {
namespace {

Section asking_for(std::vector<std::string> fields) {
  return {.path = {}, .what = Section::Text::header_fields, .fields = std::move(fields)};
}

TEST(ListedFields, AreWhatTheHeaderSays) {
  const std::vector<std::string> headers = {
      "From: a\r\nReceived: x\r\nsubject : two\r\n words\r\nFROM: b\r\nX-Other: y\r\n\r\n",
      "To: no line end",
      "Subject: bare\nTo: line ends\n\nbody",
      "\r\n",
      "",
      "no field\r\nCc: c\r\n",
  };
  const std::vector<std::vector<std::string>> wanted = {
      {"From", "To"}, {"SUBJECT"}, {"Cc", "from", "From"}, {"X-Priority"}, {"mail-followup-to"}};
  for (const std::string& header : headers) {
    const std::string stored = listed::fields(header);
    for (const auto& names : wanted) {
      const Section section = asking_for(names);
      const auto chosen = listed::names(section);
      ASSERT_TRUE(chosen);
      std::string out = "before ";
      ASSERT_TRUE(listed::select(stored, *chosen, out));
      EXPECT_EQ(out, "before " + select_fields(header, section)) << header << names.front();
    }
  }
}

TEST(ListedFields, OfOtherNamesNothingIsKnown) {
  EXPECT_FALSE(listed::names(asking_for({"From", "Received"})));
  Section section = asking_for({"From"});
  section.what = Section::Text::header_fields_not;
  EXPECT_FALSE(listed::names(section));
  section = asking_for({"From"});
  section.path = {1};
  EXPECT_FALSE(listed::names(section));
}

TEST(ListedFields, TooManyAreNotKept) {
  std::string header = "References: " + std::string(listed::most_octets, 'r') + "\r\n\r\n";
  EXPECT_EQ(listed::fields(header), "");
  std::string out = "x";
  EXPECT_FALSE(listed::select("", *listed::names(asking_for({"From"})), out));
  EXPECT_EQ(out, "x");
}

TEST(ListedFields, DamageIsNoticed) {
  const std::string stored = listed::fields("From: a\r\nSubject: b\r\n\r\n");
  const auto names = listed::names(asking_for({"From", "Subject"}));
  for (std::size_t size = 1; size < stored.size(); ++size) {
    std::string out = "x";
    if (!listed::select(stored.substr(0, size), *names, out)) {
      EXPECT_EQ(out, "x");
    }
  }
  std::string out;
  EXPECT_FALSE(listed::select(stored + '\x7f', *names, out));
  EXPECT_FALSE(listed::select("\xff\x01", *names, out));
  EXPECT_FALSE(listed::select(std::string("\0\x01x", 3), *names, out));
  // Of an earlier release that knew fewer names.
  EXPECT_FALSE(listed::select("\x03", *names, out));
  EXPECT_TRUE(listed::select("\x03", *listed::names(asking_for({"Cc"})), out));
  EXPECT_EQ(out, "\r\n");
}

}  // namespace
}  // namespace postern::wire::mime
