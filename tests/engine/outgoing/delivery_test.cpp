#include "sync/engine/outgoing/delivery.h"

#include <functional>
#include <optional>
#include <ostream>

#include <gtest/gtest.h>

#include "tests/net/loop.h"
#include "tests/store/sending_fixture.h"

namespace postern::engine::outgoing {
namespace {

/// A message that is attempted twice, each time by somebody who has read the queue before.
class DeliveryTest : public store::Sending {
 protected:
  /// No server sends for it, which is settled, too.
  void attempt(const store::Submission& read) {
    net::test::Loop loop;
    Delivery delivery(account, nullptr);
    loop.run(delivery.attempt(read));
  }
  /// The first attempt has begun.
  store::Submission begun() { return *begin(submit(store::letter("1"), two).id); }
  store::Submission stored() const { return queue().at(0); }
  void settle_in_doubt(const store::Submission& submission) {
    write(*account, [&](store::Transaction& t) {
      store::Settlement settlement = outcome(submission, {State::due, State::due});
      settlement.certainty = store::Certainty::unknown;
      return t.settle(submission.id, settlement);
    });
  }

  const std::vector<std::string> two{"b@example.net", "c@example.net"};
};

TEST_F(DeliveryTest, BeginsWithWhatIsStored) {
  const store::Submission read = submit(store::letter("1"), two);
  attempt(read);
  EXPECT_EQ(stored().attempts, 1U);
  EXPECT_NE(stored().problem, "");
}

TEST_F(DeliveryTest, LeavesWhatAnotherAttemptHasBegun) {
  const store::Submission read = submit(store::letter("1"), two);
  const store::Submission other = *begin(read.id);
  attempt(read);
  EXPECT_EQ(stored(), other);
}

TEST_F(DeliveryTest, LeavesWhatMayHaveBeenSentMeanwhile) {  // E15
  const store::Submission read = begun();
  settle_in_doubt(read);
  const store::Submission settled = stored();
  attempt(read);
  EXPECT_EQ(stored(), settled);
}

TEST_F(DeliveryTest, LeavesWhatHasBeenSentInPartMeanwhile) {
  const store::Submission read = begun();
  ASSERT_TRUE(settle(read, {State::sent, State::due}));
  const store::Submission settled = stored();
  attempt(read);
  EXPECT_EQ(stored(), settled);
}

TEST_F(DeliveryTest, LeavesWhatIsNotThereAnyMore) {
  const store::Submission read = begun();
  ASSERT_TRUE(settle(read, {State::sent, State::sent}));
  attempt(read);
  EXPECT_TRUE(queue().empty());
  EXPECT_EQ(shown("Sent").size(), 1U);
}

}  // namespace
}  // namespace postern::engine::outgoing
