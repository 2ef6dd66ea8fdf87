#include "proxy/daemon/page/message_search.h"

#include "tests/net/loop.h"
#include "tests/store/store_fixture.h"

namespace postern::daemon::page {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class MessageSearchTest : public store::StoreTest {
 protected:
  void arrives(const std::string& mailbox, const std::string& subject, const std::string& text,
               std::int64_t seconds) {
    write(*account, [&](store::Transaction& transaction) {
      store::NewBody arrived = body(store::message(subject, text));
      return transaction.append(id(mailbox), arrived, {}, {.seconds = seconds, .zone_minutes = 0});
    });
  }
  Hits search(std::string words, std::size_t most = 50) {
    Hits hits;
    loop.run(ask(std::move(words), most, hits));
    return hits;
  }
  static std::vector<std::string> subjects(const Hits& hits) {
    std::vector<std::string> out;
    for (const Hit& hit : hits.hits) out.push_back(hit.subject);
    return out;
  }
  asio::awaitable<void> ask(std::string words, std::size_t most, Hits& hits) {
    auto outcome = co_await search_messages(account, std::move(words), most);
    EXPECT_TRUE(outcome.has_value());
    if (outcome) hits = std::move(*outcome);
  }

  net::test::Loop loop;
};

TEST_F(MessageSearchTest, FindsWordsInHeaderAndTextOfAllMailboxes) {
  arrives("INBOX", "hay", "a needle in it\r\n", 1000);
  arrives("Archive", "NEEDLE", "straw\r\n", 3000);
  arrives("INBOX", "other", "straw\r\n", 2000);
  const Hits hits = search("needle");
  EXPECT_THAT(subjects(hits), ElementsAre("NEEDLE", "hay")) << "the latest first";
  EXPECT_EQ(hits.end, Hits::End::all);
  EXPECT_EQ(hits.hits[0].mailbox.name, "Archive");
  EXPECT_EQ(hits.hits[0].from, "a@example.org");
  EXPECT_THAT(subjects(search("haystack")), IsEmpty());
}

TEST_F(MessageSearchTest, ShowsTheLatestOnesWithoutWords) {
  for (int i = 1; i <= 9; ++i)
    arrives(i % 2 == 0 ? "INBOX" : "Archive", std::to_string(i), "text\r\n", i * 1000);
  const Hits three = search("", 3);
  EXPECT_THAT(subjects(three), ElementsAre("9", "8", "7"));
  EXPECT_EQ(three.end, Hits::End::many);
  const Hits all = search("", 20);
  EXPECT_EQ(all.hits.size(), 9U);
  EXPECT_EQ(all.end, Hits::End::all);
}

TEST_F(MessageSearchTest, StopsAtAsManyAsAreWanted) {
  for (int i = 1; i <= 5; ++i) arrives("INBOX", std::to_string(i), "needle\r\n", i * 1000);
  const Hits two = search("needle", 2);
  EXPECT_THAT(subjects(two), ElementsAre("5", "4"));
  EXPECT_EQ(two.end, Hits::End::many);
}

TEST_F(MessageSearchTest, DecodesWhatItShows) {
  arrives("INBOX", "=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "x\r\n", 1000);
  EXPECT_THAT(subjects(search("")), ElementsAre("Grüße"));
  EXPECT_THAT(subjects(search("grüße")), ElementsAre("Grüße"));
}

}  // namespace
}  // namespace postern::daemon::page
