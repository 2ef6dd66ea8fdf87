// A server that refuses messages and means none of them: it is asked for few, no message is to
// blame, and all come once it gives them.

#include <string>

#include "sync/engine/verdict.h"
#include "tests/engine/sync_fixture.h"

namespace postern::engine {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class PutOffTest : public SyncTest {
 protected:
  [[nodiscard]] std::vector<store::FetchFailure> failures() const {
    return store::read(*account, [key = source_key()](store::Reader& reader) {
      return reader.fetch_failures(key);
    });
  }
};

TEST_F(PutOffTest, AsksNoFurtherAndBlamesNoMessage) {
  struct {
    const char* name;
    std::size_t messages;
    const char* answer;
    Schedule::Ending expected;
  } const rows[] = {
      {"[SYS/TEMP]", 200, "-ERR [SYS/TEMP] rate limit exceeded, try again later\r\n",
       Schedule::Ending::failure},
      {"[LOGIN-DELAY]", 200, "-ERR [LOGIN-DELAY] slowly\r\n", Schedule::Ending::throttled},
      {"in words", 200, "-ERR too many messages, try again later\r\n", Schedule::Ending::throttled},
      {"few messages", 2, "-ERR [SYS/TEMP] later\r\n", Schedule::Ending::failure},
      {"one message", 1, "-ERR too fast\r\n", Schedule::Ending::throttled},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    start_over();
    fill(row.messages);
    server->quirks.capa = {"USER", "UIDL"};
    server->quirks.instead["RETR"] = row.answer;
    const PollResult result = poll();
    EXPECT_TRUE(result.trouble);
    EXPECT_EQ(verdict(result, {}, std::chrono::steady_clock::now()), row.expected);
    EXPECT_LE(server->count("RETR"), 10U);
    EXPECT_THAT(failures(), IsEmpty());
    calm();
    EXPECT_FALSE(poll().trouble);
    EXPECT_EQ(stored(), upstream());
  }
}

/// What went out ahead cannot be taken back; the next poll asks for one message first.
TEST_F(PutOffTest, AsksForOneMessageAfterThat) {
  fill(200);
  server->quirks.instead["RETR"] = "-ERR [SYS/TEMP] later\r\n";
  EXPECT_TRUE(poll().trouble);
  const std::size_t before = server->count("RETR");
  EXPECT_TRUE(poll().trouble);
  EXPECT_LE(server->count("RETR"), before + 5);
  EXPECT_THAT(failures(), IsEmpty());
  calm();
  EXPECT_FALSE(poll().trouble);
  EXPECT_EQ(stored(), upstream());
  EXPECT_GT(server->most_in_flight, 5U) << "once one came, the others do not wait";
}

TEST_F(PutOffTest, WhatWasGivenBeforeIsKept) {
  fill(20);
  for (int number = 8; number <= 20; ++number)
    server->quirks.instead["RETR " + std::to_string(number)] = "-ERR [SYS/TEMP] later\r\n";
  EXPECT_TRUE(poll().trouble);
  EXPECT_THAT(stored(), SizeIs(7));
  EXPECT_THAT(failures(), IsEmpty());
}

/// Messages that the server cannot read do not hold up the others for good.
TEST_F(PutOffTest, ARowOfBrokenMessagesIsPassedOver) {
  for (const char* answer : {"-ERR [SYS/TEMP] cannot read it\r\n", "-ERR cannot read it\r\n"}) {
    SCOPED_TRACE(answer);
    start_over();
    fill(20);
    server->quirks.capa = {"USER", "UIDL"};
    for (int number = 3; number <= 8; ++number)
      server->quirks.instead["RETR " + std::to_string(number)] = answer;
    for (int polls = 0; polls < 4; ++polls) (void)poll();
    EXPECT_THAT(stored(), SizeIs(14));
    EXPECT_FALSE(poll().trouble);
    EXPECT_THAT(failures(), SizeIs(6));
  }
}

/// Nor do they for good when no others come that show it.
TEST_F(PutOffTest, AMessageThatIsAlwaysPutOffIsToBlame) {
  fill(1);
  server->quirks.instead["RETR 1"] = "-ERR [SYS/TEMP] cannot read it\r\n";
  int troubled = 0;
  while (troubled < 10 && poll().trouble) ++troubled;
  EXPECT_LT(troubled, 10);
  EXPECT_THAT(failures(), SizeIs(1));
}

}  // namespace
}  // namespace postern::engine
