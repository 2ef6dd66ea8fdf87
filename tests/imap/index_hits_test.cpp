#include "proxy/imap/index_hits.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sqlite3.h>

#include "proxy/imap/relevancy.h"
#include "proxy/imap/text_scan.h"
#include "sync/wire/imap/parse_command.h"
#include "sync/wire/mime/text.h"
#include "tests/store/store_fixture.h"
#include "tests/wire/mime/corpus.h"

namespace postern::imap {
namespace {

using Kind = wire::imap::SearchKey::Kind;

/// Counts what is read of bodies.
class Watched : public store::Reader {
 public:
  explicit Watched(store::Reader& reader) : reader_(reader) {}
  Ready ready(BodyId body) override { return reader_.ready(body); }
  void read_body(BodyId body, std::uint64_t offset, std::uint64_t count,
                 std::string& out) override {
    ++reads;
    reader_.read_body(body, offset, count, out);
  }
  std::uint64_t read_header(BodyId body, std::uint64_t most, std::string& out) override {
    ++reads;
    return reader_.read_header(body, most, out);
  }
  std::optional<std::string_view> listed_fields(BodyId body) override {
    return reader_.listed_fields(body);
  }
  BodyId indexed() override { return reader_.indexed(); }
  bool candidates(const store::GramQuery& query,
                  const std::function<void(BodyId)>& visit) override {
    return reader_.candidates(query, visit);
  }
  std::optional<std::string_view> folded_fields(BodyId body) override {
    return reader_.folded_fields(body);
  }
  std::optional<std::string_view> folded_texts(BodyId body) override {
    return reader_.folded_texts(body);
  }
  Indexed index_progress() override { return reader_.index_progress(); }
  void sort_keys(std::span<const BodyId> bodies, const VisitKeys& visit) override {
    reader_.sort_keys(bodies, visit);
  }
  void sent_dates(std::span<const BodyId> bodies, const VisitSent& visit) override {
    reader_.sent_dates(bodies, visit);
  }
  store::BodyHash hash_of(BodyId body) override { return reader_.hash_of(body); }
  void annotations(MailboxId mailbox,
                   const std::function<void(std::string_view, std::string_view)>& visit) override {
    reader_.annotations(mailbox, visit);
  }
  std::optional<UidSet> expunged_since(MailboxId mailbox, ModSeq since) override {
    return reader_.expunged_since(mailbox, since);
  }
  store::Imported import_of(MailboxId mailbox, const store::ImportKey& key,
                            const store::BodyHash& content) override {
    return reader_.import_of(mailbox, key, content);
  }
  bool knows_import(MailboxId mailbox, const store::ImportKey& key) override {
    return reader_.knows_import(mailbox, key);
  }
  std::optional<BodyId> find_body(const store::BodyHash& hash) override {
    return reader_.find_body(hash);
  }
  std::vector<store::Submission> submissions() override { return {}; }
  std::optional<store::Submission> submission(SubmissionId /*id*/) override { return {}; }
  std::vector<std::pair<MailboxId, Uid>> find_by_message_id(
      std::span<const std::string> /*ids*/) override {
    return {};
  }
  std::vector<std::string> source_keys() override { return {}; }
  std::vector<store::Origin> origins(std::string_view /*key*/) override { return {}; }
  std::vector<OriginId> origins_to_delete(std::string_view /*key*/) override { return {}; }
  std::optional<store::LoginRecord> login_record(std::string_view /*key*/) override { return {}; }
  std::vector<store::BodyHash> body_hashes(const std::vector<OriginId>& /*ids*/) override {
    return {};
  }
  std::vector<OriginId> damaged(const std::vector<OriginId>& /*ids*/) override { return {}; }
  std::optional<store::SourceRecord> source_record(std::string_view /*key*/) override { return {}; }
  std::vector<store::FetchFailure> fetch_failures(std::string_view /*key*/) override { return {}; }
  std::string credential(std::string_view /*key*/) override { return {}; }
  std::vector<store::Device> devices() override { return {}; }
  UidSet hidden(DeviceId /*device*/, MailboxId /*mailbox*/) override { return {}; }
  Counts counts() override { return {}; }

  int reads = 0;

 private:
  store::Reader& reader_;
};

class IndexHitsTest : public store::StoreTest {
 protected:
  void SetUp() override {
    auto opened = store::Account::open(
        {.folder = folder.path() / "anna", .index_after = std::chrono::milliseconds(0)});
    ASSERT_TRUE(opened.has_value()) << opened.error().text();
    account = *opened;
  }

  void await_index() {
    for (;;) {
      const auto progress =
          store::read(*account, [](store::Reader& reader) { return reader.index_progress(); });
      if (progress.bodies == progress.total) return;
      std::this_thread::yield();
    }
  }

  static Question question(std::vector<Needle> needles) {
    Question asked;
    for (Needle& needle : needles) {
      needle.folded = wire::mime::fold(needle.folded);
      asked.longest_needle = std::max(asked.longest_needle, needle.folded.size());
      asked.needles.push_back(std::move(needle));
    }
    return asked;
  }

  static std::vector<Truth> scanned(const Question& asked, BodyId body, store::Reader& reader,
                                    Findings known) {
    TextScan scan(asked, body, std::move(known));
    while (!scan.finished()) scan.step(reader);
    return scan.findings().needles;
  }

  /// Asks with and without the index, and how many bodies were read with it.
  void expect_equal(const Question& asked) {
    const auto view = mailbox("INBOX")->latest();
    std::vector<BodyId> bodies;
    view->for_each([&](SeqNum, const store::Entry& entry) { bodies.push_back(entry.body); });
    store::read(*account, [&](store::Reader& reader) {
      Watched watched(reader);
      IndexHits hits(asked, bodies);
      while (!hits.finished()) hits.step(watched);
      for (std::size_t place = 0; place < bodies.size(); ++place) {
        Findings findings = hits.findings(place);
        for (const Truth truth : findings.needles) pruned_ += truth == Truth::no ? 1 : 0;
        ask_kept_fields(asked, watched, bodies[place], findings);
        hits.ask_kept_texts(watched, bodies[place], place, findings);
        const auto with = scanned(asked, bodies[place], watched, std::move(findings));
        const auto without = scanned(asked, bodies[place], reader, {});
        for (std::size_t i = 0; i < asked.needles.size(); ++i) {
          ++compared_;
          found_ += without[i] == Truth::yes ? 1 : 0;
          EXPECT_EQ(with[i], without[i])
              << "body " << bodies[place].value << ", " << asked.needles[i].field << " '"
              << asked.needles[i].folded << "'";
        }
      }
      reads_ += watched.reads;
    });
  }

  /// Needles cut out of what the messages say, and some that they do not say.
  static std::vector<Needle> needles(const std::vector<std::string>& texts, std::mt19937& random,
                                     int count) {
    constexpr std::array fields = {"Subject", "From", "To", "Message-ID", "X-Note", "Received"};
    std::vector<Needle> made;
    for (int i = 0; i < count; ++i) {
      const std::string folded = wire::mime::fold(
          wire::mime::to_utf8(texts[random() % texts.size()].substr(0, 20'000), {}));
      std::size_t begin = folded.empty() ? 0 : random() % folded.size();
      std::size_t end = std::min(folded.size(), begin + 1 + random() % 9);
      const auto within = [&](std::size_t at) {
        return at < folded.size() && (static_cast<unsigned char>(folded[at]) & 0xc0U) == 0x80;
      };
      while (within(begin)) ++begin;
      while (within(end)) ++end;
      std::string needle = folded.substr(begin, end > begin ? end - begin : 0);
      if (random() % 8 == 0) needle += "q";
      constexpr std::array kinds = {Kind::body, Kind::text, Kind::header};
      const Kind kind = kinds[random() % kinds.size()];
      made.push_back({kind, kind == Kind::header ? fields[random() % fields.size()] : "", needle});
    }
    return made;
  }

  int pruned_ = 0;
  int compared_ = 0;
  int found_ = 0;
  int reads_ = 0;
};

/// RFC 6203 section 4.
TEST_F(IndexHitsTest, RelevancyIsWhereTheTextStands) {
  for (const char* text :
       {"Subject: boat\r\n\r\nx", "Subject: The boat is in the harbour\r\n\r\nx",
        "From: Boat <b@example.org>\r\nSubject: x\r\n\r\nx", "Subject: x\r\n\r\nA boat."})
    ASSERT_TRUE(append("INBOX", text));
  await_index();
  const auto scores = [&](const std::string& keys) {
    wire::imap::RawCommand raw;
    raw.text.push_back("a SEARCH " + keys);
    const Relevancy relevancy(
        std::get<wire::imap::command::Search>(wire::imap::parse_command(raw)->body).key);
    return store::read(*account, [&](store::Reader& reader) {
      std::vector<int> result;
      for (std::int64_t body = 1; body <= 4; ++body)
        result.push_back(relevancy.score(reader, BodyId(body)));
      return result;
    });
  };
  EXPECT_EQ(scores("FUZZY TEXT BOAT"), (std::vector{100, 66, 48, 10}));
  EXPECT_EQ(scores("FUZZY SUBJECT boat"), (std::vector{100, 66, 10, 10}));
  EXPECT_EQ(scores("FUZZY (TEXT boat BODY a)"), scores("FUZZY TEXT boat FUZZY BODY a"));
  EXPECT_EQ(scores("FUZZY TEXT boat TEXT nothing NOT FUZZY TEXT b"), scores("FUZZY TEXT boat"));
}

/// SENTON and the like: the keys of SORT tell most days, the header the others.
TEST_F(IndexHitsTest, DatesAreToldByTheKeysOfSort) {
  for (int day = 1; day <= 28; ++day) {
    ASSERT_TRUE(append("INBOX", "Date: " + std::to_string(day) + " Feb 2024 23:30:00 " +
                                    (day % 2 == 0 ? "-1100" : "+1100") + "\r\n\r\nx"));
  }
  const auto view = mailbox("INBOX")->latest();
  std::vector<BodyId> bodies;
  view->for_each([&](SeqNum, const store::Entry& entry) { bodies.push_back(entry.body); });
  for (const char* word : {"SENTBEFORE", "SENTON", "SENTSINCE"}) {
    wire::imap::RawCommand raw;
    raw.text.push_back("a SEARCH " + std::string(word) + " 14-Feb-2024");
    const Question asked = prepare(
        std::get<wire::imap::command::Search>(wire::imap::parse_command(raw)->body).key, *view);
    store::read(*account, [&](store::Reader& reader) {
      Watched watched(reader);
      IndexHits hits(asked, bodies);
      while (!hits.finished()) hits.step(watched);
      int unknown = 0;
      for (std::uint32_t place = 0; place < bodies.size(); ++place) {
        const SeqNum seq(place + 1);
        Findings findings = hits.findings(place);
        const Truth told = matches(asked.criterion, {seq, view->at(seq), false, &findings});
        TextScan scan(asked, bodies[place]);
        while (!scan.finished()) scan.step(reader);
        const Truth read = matches(asked.criterion, {seq, view->at(seq), false, &scan.findings()});
        if (told == Truth::unknown) {
          ++unknown;
        } else {
          EXPECT_EQ(told, read) << word << " " << seq.value;
        }
      }
      EXPECT_GT(unknown, 0);
      EXPECT_LT(unknown, 6);
      EXPECT_EQ(watched.reads, 0);
    });
  }
}

class Messages {
 public:
  explicit Messages(unsigned seed) : random_(seed) {}

  std::string some() {
    std::string out = "From: " + phrase() + " <" + number() + "@example.org>\r\n";
    const int subjects = static_cast<int>(random_() % 3);
    for (int i = 0; i < subjects; ++i) out += "Subject:" + value() + "\r\n";
    if (random_() % 2 == 0) out += "X-Note: " + value() + "\r\n\t" + value() + "\r\n";
    if (random_() % 8 == 0) out += "To: " + std::string(3000, 'x') + phrase() + "\r\n";
    out += "Message-ID: <" + number() + "@example.org>\r\n";
    return out + entity(2);
  }

 private:
  std::string number() { return std::to_string(random_() % 1000); }
  std::string phrase() {
    static const std::array<std::string, 14> words = {"Boot",
                                                      "STRASSE",
                                                      "Stra\xc3\x9f"
                                                      "e",
                                                      "cle\xcc\x81",
                                                      "cl\xc3\xa9",
                                                      "ﬁsh",
                                                      "船は七時",
                                                      "Лодка",
                                                      "rope",
                                                      "=?utf-8?Q?caf=C3=A9?=",
                                                      "=?iso-8859-1?B?Y2Fm6Q==?=",
                                                      "\xe9t\xe9",
                                                      "a",
                                                      "🙂"};
    std::string out;
    const int count = 1 + static_cast<int>(random_() % 4);
    for (int i = 0; i < count; ++i) {
      if (i != 0) out += " ";
      out += words[random_() % words.size()];
    }
    return out;
  }
  std::string value() {
    return (random_() % 4 == 0 ? "" : " ") + phrase() +
           (random_() % 4 == 0 ? "\r\n " + phrase() : "");
  }

  std::string entity(int depth) {
    switch (depth == 0 ? 0 : random_() % 4) {
      case 1: {
        std::string out =
            "Content-Type: multipart/mixed; boundary=b" + std::to_string(depth) + "\r\n\r\n";
        for (int i = 0; i < 2; ++i)
          out += "--b" + std::to_string(depth) + "\r\n" + entity(depth - 1);
        return out + "--b" + std::to_string(depth) + "--\r\n";
      }
      case 2:
        return "Content-Type: message/rfc822\r\n\r\nSubject:" + value() + "\r\n" +
               entity(depth - 1);
      default: return leaf();
    }
  }
  std::string leaf() {
    static const std::array<std::string, 6> heads = {
        "\r\n",
        "Content-Type: text/plain; charset=utf-8\r\n\r\n",
        "Content-Type: text/html; charset=iso-8859-1\r\n\r\n",
        "Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
        "Content-Type: text/plain; charset=shift_jis\r\n\r\n",
        "Content-Type: image/png\r\n\r\n"};
    std::string out = heads[random_() % heads.size()];
    const int lines = static_cast<int>(random_() % (random_() % 20 == 0 ? 4000 : 5));
    for (int i = 0; i < lines; ++i) out += phrase() + (random_() % 6 == 0 ? "=\r\n" : "\r\n");
    return out + "\r\n";
  }

  std::mt19937 random_;
};

TEST_F(IndexHitsTest, SearchesFindTheSameWithAndWithoutTheIndex) {
  std::mt19937 random(20);
  Messages messages(21);
  std::vector<std::string> texts;
  for (int i = 0; i < 60; ++i) texts.push_back(messages.some());
  for (const std::string& text : texts) append("INBOX", text);
  await_index();
  expect_equal(question(needles(texts, random, 400)));
  EXPECT_GT(pruned_, compared_ / 4);
  EXPECT_GT(found_, compared_ / 50);
}

TEST_F(IndexHitsTest, WhatIsNotIndexedIsFoundToo) {
  std::mt19937 random(22);
  Messages messages(23);
  std::vector<std::string> texts;
  for (int i = 0; i < 40; ++i) texts.push_back(messages.some());
  for (int i = 0; i < 20; ++i) append("INBOX", texts[static_cast<std::size_t>(i)]);
  await_index();
  open();  // without an indexer
  for (int i = 20; i < 40; ++i) append("INBOX", texts[static_cast<std::size_t>(i)]);
  ASSERT_TRUE(write(*account, [&](store::Transaction& transaction) {
                return transaction.copy(id("INBOX"), store::uids({3, 1, 2}), id("INBOX"));
              }).has_value());
  expect_equal(question(needles(texts, random, 200)));
  EXPECT_GT(pruned_, compared_ / 10);
}

TEST_F(IndexHitsTest, RealMessagesAreFoundTheSameWithAndWithoutTheIndex) {
  const auto corpus = test::corpus_folder();
  if (!corpus) {
    std::fputs("The message corpus is missing ($POSTERN_CORPUS): only our own are searched.\n",
               stderr);
  }
  std::vector<std::string> texts = {store::message("one"), store::message("two")};
  if (corpus) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(*corpus)) {
      if (!file.is_regular_file() || file.file_size() > 300'000) continue;
      std::ifstream in(file.path(), std::ios::binary);
      texts.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
  }
  for (const std::string& text : texts) append("INBOX", text);
  await_index();
  std::mt19937 random(24);
  expect_equal(question(needles(texts, random, 150)));
  EXPECT_GT(found_, 0);
}

TEST_F(IndexHitsTest, NoBodyIsReadForFieldsThatAreKept) {
  for (int i = 0; i < 40; ++i) append("INBOX", store::message("boat " + std::to_string(i)));
  await_index();
  expect_equal(question({{Kind::header, "Subject", "boat"}, {Kind::header, "from", "a@ex"}}));
  EXPECT_EQ(found_, 80);
  EXPECT_EQ(reads_, 0);
}

TEST_F(IndexHitsTest, NoBodyIsReadForTextsThatAreKept) {
  for (int i = 0; i < 40; ++i) append("INBOX", store::message("boat " + std::to_string(i)));
  await_index();
  expect_equal(
      question({{Kind::text, "", "boat"}, {Kind::body, "", "boat"}, {Kind::text, "", "b"}}));
  EXPECT_EQ(found_, 80);
  EXPECT_EQ(reads_, 0);
}

TEST_F(IndexHitsTest, NoTextIsReadForWhatOnlyAHeaderMaySay) {
  for (int i = 0; i < 40; ++i) {
    append("INBOX",
           "Subject: bo oat\r\nX-Note: boa\r\nContent-Type: text/csv\r\n\r\none,two,three\r\n");
  }
  await_index();
  expect_equal(question({{Kind::text, "", "boat"}}));
  EXPECT_EQ(pruned_, 0);
  EXPECT_EQ(reads_, 0);
}

TEST_F(IndexHitsTest, NoHeaderIsReadAgainForTextsThatAreNotKept) {
  for (int i = 0; i < 40; ++i) {
    append("INBOX",
           "Subject: bo oat\r\nX-Note: boa\r\nContent-Type: text/csv\r\n\r\nboat,two,three\r\n");
  }
  await_index();
  expect_equal(question({{Kind::text, "", "boat"}}));
  EXPECT_EQ(found_, 40);
  EXPECT_EQ(reads_, 40);
}

TEST_F(IndexHitsTest, KeptTextsThatAreDamagedAreReadInTheMessage) {
  for (int i = 0; i < 40; ++i) append("INBOX", store::message(std::to_string(i), "A boat.\r\n"));
  await_index();
  account.reset();
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open((folder.path() / "anna" / "mail.db").c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, "UPDATE search_text SET texts = x'7f' WHERE body % 2 = 0",
                         nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(database);
  open();
  expect_equal(question({{Kind::text, "", "boat"}}));
  EXPECT_EQ(found_, 40);
  EXPECT_EQ(reads_, 40);  // header and text of each damaged one
}

/// RFC 9051 section 6.4.4: TEXT looks into the header, too; what is kept of single fields is
/// enough.
TEST_F(IndexHitsTest, NoTextsAreNeededForWordsOfKeptFields) {
  for (int i = 0; i < 40; ++i) append("INBOX", store::message("boat " + std::to_string(i)));
  await_index();
  account.reset();
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open((folder.path() / "anna" / "mail.db").c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, "DELETE FROM search_text", nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(database);
  open();
  expect_equal(question({{Kind::text, "", "boat"}}));
  EXPECT_EQ(found_, 40);
  EXPECT_EQ(reads_, 0);
}

TEST_F(IndexHitsTest, NoBodyIsReadForWhatNoneSays) {
  for (int i = 0; i < 40; ++i) append("INBOX", store::message("boat " + std::to_string(i)));
  await_index();
  expect_equal(
      question({{Kind::text, "", "zebra"}, {Kind::body, "", "zb"}, {Kind::header, "List-ID", ""}}));
  EXPECT_EQ(reads_, 0);
}

}  // namespace
}  // namespace postern::imap
