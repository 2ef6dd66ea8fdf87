#include "proxy/imap/search_match.h"

#include <algorithm>
#include <map>
#include <memory>

#include <gtest/gtest.h>

#include "proxy/imap/text_scan.h"
#include "sync/wire/imap/parse_command.h"
#include "tests/imap/bodies.h"

namespace postern::imap {
namespace {

using test::Bodies;

/// The answer to a SEARCH for one message, as far as its texts are needed for it.
Truth answer(const Question& question, SearchMessage message, Bodies& bodies) {
  TextScan scan(question, message.entry.body);
  message.findings = &scan.findings();
  Truth truth = matches(question.criterion, message);
  while (truth == Truth::unknown && !scan.finished()) {
    scan.step(bodies);
    truth = matches(question.criterion, message);
  }
  return truth;
}

store::SnapshotPtr one_message() {
  auto piece = std::make_shared<store::Piece>();
  store::Entry entry;
  entry.uid = Uid(7);
  entry.body = BodyId(1);
  entry.octets = 500;
  entry.date = {0, -120};
  entry.flags.add(SystemFlag::seen);
  entry.flags.keywords = 2;
  piece->entries.push_back(entry);
  store::Snapshot::Head head;
  head.keywords = std::make_shared<std::vector<std::string>>(std::vector<std::string>{"a", "Work"});
  return std::make_shared<store::Snapshot>(head, store::Snapshot::Pieces{piece});
}

Question question(const std::string& keys, const store::Snapshot& view) {
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
      {"BODY \"\"", unknown, yes},
      {"TEXT \"\"", unknown, yes},
      {"OR SEEN BODY x", yes, yes},
      {"DRAFT BODY x", no, no},
      {"SEEN BODY weather", unknown, yes},
      {"NOT BODY weather", unknown, no},
      {"NOT NOT BODY weather", unknown, yes},
      {"OR DRAFT OR BODY nothing BODY weather", unknown, yes},
      {"OR (BODY nothing TEXT anna) NOT (SUBJECT hello BODY weather)", unknown, no},
      {"NOT OR BODY nothing (SENTON 2-Feb-2024 TEXT none)", unknown, yes},
  };
  const auto view = one_message();
  Bodies bodies;
  bodies.add(BodyId(1),
             "From: Anna <a@example.org>\r\nSubject: Hello\r\n world\r\n"
             "Date: Fri, 2 Feb 2024 23:59:00 -1100\r\n\r\nThe WEATHER is fine");
  for (const Row& row : rows) {
    const Question asked = question(row.keys, *view);
    const SearchMessage message{SeqNum(1), view->at(SeqNum(1)), false, nullptr};
    EXPECT_EQ(matches(asked.criterion, message), row.without_texts) << row.keys;
    EXPECT_EQ(answer(asked, message, bodies), row.with_texts) << row.keys;
  }
}

TEST(SearchMatch, ReadsTextsOnlyWhenNothingElseDecides) {
  const auto view = one_message();
  Bodies bodies;
  bodies.add(BodyId(1), "Subject: x\r\n\r\ny");
  const SearchMessage message{SeqNum(1), view->at(SeqNum(1)), false, nullptr};
  EXPECT_EQ(answer(question("BODY y DRAFT", *view), message, bodies), Truth::no);
  EXPECT_EQ(bodies.reads, 0);
  EXPECT_EQ(answer(question("BODY y SUBJECT nothing", *view), message, bodies), Truth::no);
  EXPECT_EQ(bodies.reads, 1);
  EXPECT_EQ(answer(question("BODY y", *view), message, bodies), Truth::yes);
  EXPECT_EQ(bodies.reads, 2);
}

/// C8: as many keys as are allowed cost no more reading than one, and no piece of it is long.
TEST(SearchMatch, C8ReadsATextOnceForAllKeys) {
  const auto view = one_message();
  Bodies bodies;
  std::string text = "Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n";
  while (text.size() < 1'000'000) text += "Grüße aus Föhr\r\n";
  bodies.add(BodyId(1), text + "the end");
  std::string keys = "BODY \"THE END\"";
  for (int i = 0; i < 30; ++i) keys += " NOT TEXT \"nothing like " + std::to_string(i) + "\"";
  const Question asked = question(keys, *view);
  TextScan scan(asked, BodyId(1));
  int steps = 0;
  for (; !scan.finished(); ++steps) scan.step(bodies);
  EXPECT_EQ(bodies.reads, 2);
  EXPECT_GT(steps, 15);
  EXPECT_EQ(scan.findings().needles.front(), Truth::yes);
  EXPECT_EQ(std::ranges::count(scan.findings().needles, Truth::no), 30);
}

TEST(TextScan, GoesOnWhereItRested) {
  const auto view = one_message();
  Bodies bodies;
  std::string text = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n";
  const std::string needle(100'000, 'n');
  text += std::string(TextScan::kept_octets, 'a') + needle + std::string(300'000, 'b');
  bodies.add(BodyId(1), text + "\r\n--b\r\n\r\nsecond\r\n--b--\r\n");
  for (const auto& [keys, expected] : std::map<std::string, Truth>{{"BODY " + needle, Truth::yes},
                                                                   {"BODY n" + needle, Truth::no},
                                                                   {"BODY bsecond", Truth::no},
                                                                   {"BODY second", Truth::yes}}) {
    const Question asked = question(keys, *view);
    TextScan scan(asked, BodyId(1));
    for (; !scan.finished(); scan.rest()) scan.step(bodies);
    EXPECT_EQ(scan.findings().needles.front(), expected) << keys.substr(0, 20);
  }
}

TEST(TextScan, GoesOnInALongHeader) {
  const auto view = one_message();
  Bodies bodies;
  const std::string needle(100'000, 'n');
  bodies.add(BodyId(1), "Subject: " + std::string(TextScan::kept_octets, 'a') + needle +
                            std::string(300'000, 'b') + "\r\n\r\ntext");
  for (const auto& [keys, expected] : std::map<std::string, Truth>{{"TEXT " + needle, Truth::yes},
                                                                   {"TEXT n" + needle, Truth::no},
                                                                   {"TEXT text", Truth::yes},
                                                                   {"TEXT btext", Truth::no}}) {
    const Question asked = question(keys, *view);
    TextScan scan(asked, BodyId(1));
    for (; !scan.finished(); scan.rest()) scan.step(bodies);
    EXPECT_EQ(scan.findings().needles.front(), expected) << keys.substr(0, 20);
  }
}

TEST(TextScan, ACharacterAcrossTheLimitSpoilsNoText) {
  const auto view = one_message();
  Bodies bodies;
  std::string text = "Subject: no charset\r\n\r\nx";
  while (text.size() < wire::mime::searched_part_octets + 100) text += "ü";
  bodies.add(BodyId(1), text);
  const Question asked = question("BODY \"XÜ\"", *view);
  const SearchMessage message{SeqNum(1), view->at(SeqNum(1)), false, nullptr};
  EXPECT_EQ(answer(asked, message, bodies), Truth::yes);
}

TEST(SearchMatch, C8ManyKeysAreOnePassEach) {
  const auto view = one_message();
  std::string keys = "ALL";
  for (int i = 0; i < 15'000; ++i) keys += " ALL";
  const SearchMessage message{SeqNum(1), view->at(SeqNum(1)), false, nullptr};
  EXPECT_EQ(matches(question(keys, *view).criterion, message), Truth::yes);
}

struct SentDay {
  std::string date;
  std::chrono::sys_days day;
};

TEST(SentDay, IsTheOneThatIsWrittenWhateverTimeZoneAndComment) {
  using namespace std::chrono_literals;
  for (const SentDay& row : std::vector<SentDay>{
           {"Fri, 2 Feb 2024 23:59:59 -1200", 2024y / 2 / 2},
           {"Fri, 2 Feb 2024 00:00:01 +1400", 2024y / 2 / 2},
           {"Fri, 2 Feb 2024 00:00:01 +02:00", 2024y / 2 / 2},
           {"Fri, 2 Feb 2024 12:00:00 +0100 (time: local)", 2024y / 2 / 2},
           {"2 Feb 2024", 2024y / 2 / 2},
       }) {
    EXPECT_EQ(sent_day("Date: " + row.date + "\r\n\r\n"), row.day) << row.date;
  }
  EXPECT_EQ(sent_day("Date: never\r\n\r\n"), std::nullopt);
  EXPECT_EQ(sent_day("Subject: none\r\n\r\n"), std::nullopt);
}

}  // namespace
}  // namespace postern::imap
