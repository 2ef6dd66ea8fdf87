// An account that was put back from a backup, and the polls after that (no-loss R9).

#include <filesystem>

#include <gtest/gtest.h>

#include "tests/engine/sync_fixture.h"

namespace postern::engine {
namespace {

namespace fs = std::filesystem;

class Restored : public SyncTest {
 protected:
  void back_up() {
    account.reset();
    fs::copy(home(), backup(), fs::copy_options::recursive);
    open();
  }
  void restore() {
    account.reset();
    fs::remove_all(home());
    fs::copy(backup(), home(), fs::copy_options::recursive);
    open();
    memory = {};
  }
  [[nodiscard]] UidValidity validity() const {
    return mailbox("INBOX")->latest()->head().uid_validity;
  }

 private:
  [[nodiscard]] fs::path home() const { return folder.path() / "anna"; }
  [[nodiscard]] fs::path backup() const { return folder.path() / "backup"; }
};

TEST_F(Restored, GetsWhatItLacksOnceMoreAndDeletesNothingAtFirst) {  // J7
  using Rule = config::KeepOnServer::Rule;
  source.keep_on_server = {Rule::until_deleted, {}};
  fill(4);
  ASSERT_FALSE(poll().trouble);
  back_up();
  arrive("new-1");
  arrive("new-2");
  ASSERT_FALSE(poll().trouble);
  ASSERT_EQ(server->count("RETR"), 6U);
  expunge(1);
  const UidValidity before = validity();
  restore();
  EXPECT_GT(validity(), before);
  ASSERT_FALSE(poll().trouble);
  EXPECT_EQ(stored(), upstream());
  EXPECT_EQ(server->count("RETR"), 8U);
  EXPECT_EQ(server->count("DELE"), 0U);
  ASSERT_FALSE(poll().trouble);
  EXPECT_EQ(server->count("RETR"), 8U) << "nothing comes twice";
  EXPECT_EQ(server->maildrop.size(), 6U);
}

TEST_F(Restored, KeepsWhatIsNoLongerUpstream) {  // J7
  source.keep_on_server = {config::KeepOnServer::Rule::forever, {}};
  fill(10);
  ASSERT_FALSE(poll().trouble);
  const std::vector<std::string> all = stored();
  back_up();
  server->maildrop.resize(2);
  restore();
  for (int polls = 0; polls < 3; ++polls) ASSERT_FALSE(poll().trouble);
  EXPECT_EQ(stored(), all);
  EXPECT_EQ(server->count("DELE"), 0U);
}

/// A tombstone or a deletion that was due, from before the backup, waits for a whole poll.
TEST_F(Restored, DeletesNothingBeforeAWholePoll) {  // J7, R20
  source.keep_on_server = {config::KeepOnServer::Rule::until_deleted, {}};
  fill(3);
  ASSERT_FALSE(poll().trouble);
  expunge(1);
  back_up();
  restore();
  server->quirks.instead["UIDL"] = "-ERR [SYS/TEMP] not now\r\n";
  (void)poll();
  EXPECT_EQ(server->count("DELE"), 0U);
  calm();
  for (int polls = 0; polls < 3; ++polls) ASSERT_FALSE(poll().trouble);
  EXPECT_EQ(server->maildrop.size(), 2U) << "it was expunged here, and the backup says so";
}

}  // namespace
}  // namespace postern::engine
