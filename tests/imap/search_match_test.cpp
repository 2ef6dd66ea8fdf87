#include "proxy/imap/search_match.h"

#include <memory>

#include <gtest/gtest.h>

#include "sync/wire/imap/parse_command.h"
#include "sync/wire/mime/text.h"

namespace postern::imap {
namespace {

class Texts : public SearchTexts {
 public:
  Texts(std::string header, std::string body)
      : header_(std::move(header)), body_(std::move(body)) {}
  std::string_view header() override {
    ++header_loads;
    return header_;
  }
  bool any_text(const std::function<bool(std::string_view)>& visit) override {
    ++body_loads;
    return visit(wire::mime::fold(body_));
  }
  int header_loads = 0;
  int body_loads = 0;

 private:
  std::string header_;
  std::string body_;
};

store::SnapshotPtr one_message() {
  auto piece = std::make_shared<store::Piece>();
  store::Entry entry;
  entry.uid = Uid(7);
  entry.octets = 500;
  entry.date = {0, -120};
  entry.flags.add(SystemFlag::seen);
  entry.flags.keywords = 2;
  piece->entries.push_back(entry);
  store::Snapshot::Head head;
  head.keywords = std::make_shared<std::vector<std::string>>(std::vector<std::string>{"a", "Work"});
  return std::make_shared<store::Snapshot>(head, store::Snapshot::Pieces{piece});
}

Criterion criterion(const std::string& keys, const store::Snapshot& view) {
  wire::imap::RawCommand raw;
  raw.text.push_back("a SEARCH " + keys);
  const auto command = wire::imap::parse_command(raw);
  if (!command) throw std::runtime_error(keys + ": " + command.error().text);
  return prepare(std::get<wire::imap::command::Search>(command->body).key, view);
}

struct Row {
  const char* keys;
  Truth without_texts;
  Truth with_texts;
};

TEST(SearchMatch, AnswersEachKey) {
  constexpr Truth yes = Truth::yes;
  constexpr Truth no = Truth::no;
  constexpr Truth unknown = Truth::unknown;
  const Row rows[] = {
      {"ALL", yes, yes},
      {"SEEN", yes, yes},
      {"DRAFT", no, no},
      {"KEYWORD wORK", yes, yes},
      {"KEYWORD a", no, no},
      {"KEYWORD none", no, no},
      {"NEW", no, no},
      {"1", yes, yes},
      {"*", yes, yes},
      {"2:9", no, no},
      {"UID 7", yes, yes},
      {"UID 1:6,8", no, no},
      {"UID 8:*", yes, yes},
      {"LARGER 499", yes, yes},
      {"LARGER 500", no, no},
      {"SMALLER 501", yes, yes},
      // the day of the date's own zone: 31 December at 22:00
      {"ON 31-Dec-1969", yes, yes},
      {"BEFORE 1-Jan-1970", yes, yes},
      {"SINCE 1-Jan-1970", no, no},
      {"SUBJECT grUss", unknown, no},
      {"SUBJECT \"hello world\"", unknown, yes},
      {"FROM anna", unknown, yes},
      {"HEADER X-None \"\"", unknown, no},
      {"HEADER from \"\"", unknown, yes},
      {"SENTON 2-Feb-2024", unknown, yes},
      {"SENTBEFORE 2-Feb-2024", unknown, no},
      {"BODY weather", unknown, yes},
      {"BODY anna", unknown, no},
      {"TEXT anna", unknown, yes},
      {"OR SEEN BODY x", yes, yes},
      {"DRAFT BODY x", no, no},
      {"SEEN BODY weather", unknown, yes},
      {"NOT BODY weather", unknown, no},
      {"NOT NOT BODY weather", unknown, yes},
      {"OR DRAFT OR BODY nothing BODY weather", unknown, yes},
  };
  const auto view = one_message();
  for (const Row& row : rows) {
    const Criterion asked = criterion(row.keys, *view);
    Texts texts(
        "From: Anna <a@example.org>\r\nSubject: Hello\r\n world\r\n"
        "Date: Fri, 2 Feb 2024 23:59:00 -1100\r\n\r\n",
        "The WEATHER is fine");
    SearchMessage message{SeqNum(1), view->at(SeqNum(1)), false, nullptr};
    EXPECT_EQ(matches(asked, message), row.without_texts) << row.keys;
    message.texts = &texts;
    EXPECT_EQ(matches(asked, message), row.with_texts) << row.keys;
  }
}

TEST(SearchMatch, LoadsTextsOnlyWhenNothingElseDecides) {
  const auto view = one_message();
  Texts texts("Subject: x\r\n\r\n", "y");
  const SearchMessage message{SeqNum(1), view->at(SeqNum(1)), false, &texts};
  EXPECT_EQ(matches(criterion("BODY y SUBJECT nothing", *view), message), Truth::no);
  EXPECT_EQ(texts.body_loads, 0);
  EXPECT_EQ(matches(criterion("BODY y DRAFT", *view), message), Truth::no);
  EXPECT_EQ(texts.header_loads, 1);
  EXPECT_EQ(texts.body_loads, 0);
}

TEST(SearchMatch, C8ManyKeysAreOnePassEach) {
  const auto view = one_message();
  std::string keys = "ALL";
  for (int i = 0; i < 15'000; ++i) keys += " ALL";
  const SearchMessage message{SeqNum(1), view->at(SeqNum(1)), false, nullptr};
  EXPECT_EQ(matches(criterion(keys, *view), message), Truth::yes);
}

}  // namespace
}  // namespace postern::imap
