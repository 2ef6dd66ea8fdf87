#include "proxy/imap/fetch_producer.h"

#include <memory>

#include <gtest/gtest.h>

#include "sync/wire/imap/parse_command.h"
#include "tests/imap/bodies.h"

namespace postern::imap {
namespace {

using test::Bodies;

constexpr std::uint32_t messages = 40;

std::string message(std::uint32_t number) {
  std::string text =
      "From: a@example.org\r\nSubject: number " + std::to_string(number) + "\r\n\r\n";
  for (std::uint32_t i = 0; i < number * 37; ++i) text += "line " + std::to_string(i) + "\r\n";
  return text;
}

class FetchProducerTest : public testing::Test {
 protected:
  FetchProducerTest() {
    auto piece = std::make_shared<store::Piece>();
    for (std::uint32_t i = 1; i <= messages; ++i) {
      bodies_.add(BodyId(i), message(i));
      store::Entry entry;
      entry.uid = Uid(i * 10);
      entry.body = BodyId(i);
      entry.octets = static_cast<std::uint32_t>(message(i).size());
      piece->entries.push_back(entry);
    }
    store::Snapshot::Head head;
    head.keywords = std::make_shared<std::vector<std::string>>();
    view_ = std::make_shared<store::Snapshot>(head, store::Snapshot::Pieces{piece});
  }

  FetchPlan plan(const std::string& items) {
    wire::imap::RawCommand raw;
    raw.text.push_back("a FETCH 1 " + items);
    auto command = wire::imap::parse_command(raw);
    return {view_,
            {{1, 3}, {5, messages}},
            std::get<wire::imap::command::Fetch>(command->body).items,
            {},
            {}};
  }
  std::string produced(FetchPlan what, std::size_t batch, std::size_t* largest = nullptr) {
    FetchProducer producer(std::move(what));
    std::string all;
    while (!producer.finished()) {
      std::string out;
      producer.produce(&bodies_, out, batch);
      if (largest != nullptr) *largest = std::max(*largest, out.size());
      all += out;
    }
    return all;
  }

  Bodies bodies_;
  store::SnapshotPtr view_;
};

/// C14: others get their turn, however much is read of which little is told.
TEST_F(FetchProducerTest, C14ABatchReadsFewLargeHeaders) {
  for (std::uint32_t i = 1; i <= messages; ++i)
    bodies_.add(BodyId(i), "X-Large: " + std::string(90'000, 'x') + "\r\n" + message(i));
  for (const char* items :
       {"BODY.PEEK[HEADER.FIELDS (SUBJECT)]", "BODY.PEEK[HEADER.FIELDS (TO)]<9.1>",
        "(UID BODY.PEEK[HEADER.FIELDS.NOT (X-Large)])"}) {
    FetchProducer producer(plan(items));
    std::string all;
    while (!producer.finished()) {
      const int before = bodies_.reads;
      producer.produce(&bodies_, all, 256UL * 1024);
      EXPECT_LE(bodies_.reads - before, 3) << items;
    }
    EXPECT_EQ(all, produced(plan(items), 100'000'000)) << items;
  }
}

TEST_F(FetchProducerTest, C14ABatchReadsFewLargeStructures) {
  std::string message = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 2000; ++i) message += "--b\r\n\r\nx\r\n";
  for (std::uint32_t i = 1; i <= messages; ++i) bodies_.add(BodyId(i), message + "--b--\r\n");
  FetchProducer producer(plan("BODY.PEEK[9.MIME]"));
  std::string all;
  std::size_t batches = 0;
  for (; !producer.finished(); ++batches) producer.produce(&bodies_, all, 256UL * 1024);
  EXPECT_GT(batches, messages / 4);
}

TEST_F(FetchProducerTest, GivesTheSameWhateverTheSizeOfABatch) {
  const std::string items =
      "(UID FLAGS BODY.PEEK[] ENVELOPE BODY.PEEK[HEADER.FIELDS (SUBJECT)] "
      "BODY.PEEK[TEXT]<5.1000> BODY.PEEK[1])";
  const std::string whole = produced(plan(items), 100'000'000);
  EXPECT_TRUE(whole.starts_with("* 1 FETCH (UID 10 FLAGS () BODY[] {")) << whole.substr(0, 80);
  EXPECT_NE(whole.find(message(40)), std::string::npos);
  EXPECT_EQ(whole.find("* 4 FETCH"), std::string::npos);
  for (const std::size_t batch : {1U, 10U, 1000U, 5000U, 65536U})
    EXPECT_EQ(produced(plan(items), batch), whole) << batch;
}

TEST_F(FetchProducerTest, C16ABatchStaysSmallHoweverLargeAMessageIs) {
  bodies_.add(BodyId(7), "Subject: large\r\n\r\n" + std::string(20'000'000, 'x'));
  std::size_t largest = 0;
  const std::string whole = produced(plan("BODY.PEEK[]"), 65536, &largest);
  EXPECT_GT(whole.size(), 20'000'000U);
  EXPECT_LT(largest, 2 * 65536U);
}

TEST_F(FetchProducerTest, FieldsThatAreListedCostNoLookIntoTheHeader) {
  const std::string items =
      "(UID BODY.PEEK[HEADER.FIELDS (Subject Date)] BODY.PEEK[HEADER.FIELDS (from)]<2.5>)";
  const std::string expected = produced(plan(items), 100'000'000);
  EXPECT_NE(expected.find("Subject: number 3\r\n"), std::string::npos);
  for (std::uint32_t i = 1; i <= messages; ++i)
    bodies_.list(BodyId(i), wire::mime::listed::fields(message(i)));
  bodies_.reads = 0;
  EXPECT_EQ(produced(plan(items), 1000), expected);
  EXPECT_EQ(bodies_.reads, 0);
  EXPECT_NE(produced(plan("BODY.PEEK[HEADER.FIELDS (Subject X-Other)]"), 1000), "");
  EXPECT_GT(bodies_.reads, 0);
  bodies_.list(BodyId(2), "damaged");
  EXPECT_EQ(produced(plan(items), 1000), expected);
  bodies_.lists_damaged = true;
  EXPECT_EQ(produced(plan(items), 1000), expected);
}

TEST_F(FetchProducerTest, GoesOnWithWhatIsAdded) {
  FetchPlan first = plan("(UID BODY.PEEK[])");
  first.runs = {{1, 4}};
  FetchProducer producer(std::move(first));
  std::string all;
  while (!producer.finished()) producer.produce(&bodies_, all, 700);
  producer.add({{5, 5}, {30, messages}});
  EXPECT_FALSE(producer.finished());
  while (!producer.finished()) producer.produce(&bodies_, all, 700);
  producer.add({});
  EXPECT_TRUE(producer.finished());
  FetchPlan whole = plan("(UID BODY.PEEK[])");
  whole.runs = {{1, 5}, {30, messages}};
  EXPECT_EQ(all, produced(std::move(whole), 100'000'000));
}

TEST_F(FetchProducerTest, FlagsAndSizesNeedNoReader) {
  FetchPlan quick = plan("(FLAGS UID RFC822.SIZE INTERNALDATE)");
  EXPECT_FALSE(quick.needs_reader());
  EXPECT_TRUE(plan("(FLAGS ENVELOPE)").needs_reader());
  quick.runs = {{2, 2}};
  FetchProducer producer(std::move(quick));
  std::string out;
  producer.produce(nullptr, out, 1000);
  EXPECT_EQ(out, "* 2 FETCH (UID 20 FLAGS () RFC822.SIZE " + std::to_string(message(2).size()) +
                     " INTERNALDATE \" 1-Jan-1970 00:00:00 +0000\")\r\n");
}

TEST_F(FetchProducerTest, ADamagedMessageIsLeftOut) {
  FetchPlan damaged = plan("(UID BODY.PEEK[])");
  damaged.runs = {{2, 3}};
  auto piece = std::make_shared<store::Piece>(*view_->pieces().front());
  piece->entries[1].body = BodyId(999);
  damaged.view = std::make_shared<store::Snapshot>(view_->head(), store::Snapshot::Pieces{piece});
  FetchProducer producer(std::move(damaged));
  std::string out;
  while (!producer.finished()) producer.produce(&bodies_, out, 10'000);
  EXPECT_EQ(producer.unreadable(), 1U);
  EXPECT_EQ(out.find("* 2 FETCH"), std::string::npos);
  EXPECT_TRUE(out.starts_with("* 3 FETCH (UID 30 BODY[] {")) << out;
}

TEST_F(FetchProducerTest, ABodyThatEndsEarlyAfterItsSizeWasToldEndsTheConnection) {
  bodies_.shorten(BodyId(40), 6000);
  FetchPlan damaged = plan("BODY.PEEK[]");
  damaged.runs = {{40, 40}};
  FetchProducer producer(std::move(damaged));
  std::string out;
  producer.produce(&bodies_, out, 5000);
  EXPECT_FALSE(out.empty());
  EXPECT_THROW(producer.produce(&bodies_, out, 5000), store::StoreFailure);
}

}  // namespace
}  // namespace postern::imap
