// A server hangs up when it hears nothing for long; the store may be busy with others for longer.

#include <future>

#include <gtest/gtest.h>

#include "tests/engine/sync_fixture.h"

namespace postern::engine {
namespace {

class BusyStore : public SyncTest {
 protected:
  /// The writer does nothing until release().
  void occupy() {
    auto freed = std::make_shared<std::shared_future<void>>(free_.get_future());
    busy_ = store::write_later(*account, [freed](store::Transaction&) { freed->wait(); });
  }
  void release() {
    if (!std::exchange(released_, true)) free_.set_value();
  }
  void TearDown() override {
    release();
    SyncTest::TearDown();
  }

 private:
  std::promise<void> free_;
  std::future<store::Outcome<void>> busy_;
  bool released_ = false;
};

TEST_F(BusyStore, KeepsTheServerFromHangingUp) {  // RFC 1939 section 3
  ASSERT_FALSE(poll().trouble);
  keep_alive = std::chrono::milliseconds(20);
  fill(3);
  occupy();
  std::size_t heard = 0;
  server->on_command = [&](const std::string& command) {
    if (command == "QUIT") {
      EXPECT_GE(heard, 3U);
    }
    if (command == "NOOP" && ++heard == 3) release();
  };
  EXPECT_FALSE(poll().trouble);
  EXPECT_EQ(stored(), upstream());
  EXPECT_EQ(heard, server->count("NOOP"));
}

TEST_F(BusyStore, IsTakenForALostConnectionIfTheServerHangsUpAllTheSame) {
  ASSERT_FALSE(poll().trouble);
  keep_alive = std::chrono::milliseconds(20);
  fill(3);
  occupy();
  server->quirks.instead["NOOP"] = "";
  server->on_command = [&](const std::string& command) {
    if (command == "NOOP") release();
  };
  const PollResult result = poll();
  ASSERT_TRUE(result.trouble);
  EXPECT_EQ(result.trouble->state, SourceState::unreachable);
  EXPECT_EQ(stored(), upstream()) << "what came is kept";
  calm();
  EXPECT_FALSE(poll().trouble);
  EXPECT_EQ(server->count("RETR"), 3U);
}

}  // namespace
}  // namespace postern::engine
