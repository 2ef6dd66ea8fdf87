// Whether a message is the one that it seems to be: ids that are used again, equal messages, sizes
// that vary, and what was only looked at.

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/sync_fixture.h"

namespace postern::engine {
namespace {

using config::KeepOnServer;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr KeepOnServer never{KeepOnServer::Rule::never, {}};
constexpr KeepOnServer until_deleted{KeepOnServer::Rule::until_deleted, {}};

class Identity : public SyncTest {
 protected:
  void without_top() { server->quirks.instead["TOP"] = "-ERR what\r\n"; }
  [[nodiscard]] std::vector<std::string> upstream_ids() const {
    std::vector<std::string> ids;
    for (const auto& message : server->maildrop) ids.push_back(message.uidl);
    return ids;
  }
};

TEST_F(Identity, AnIdThatIsUsedAgainAfterADeletionIsANewMessage) {  // R6, I1
  for (const bool top : {true, false}) {
    for (const bool named : {true, false}) {
      start_over();
      if (!top) without_top();
      source.keep_on_server = never;
      const auto arrives = [&](const std::string& text) {
        if (named) return arrive_as_mail("msg1", text);
        server->maildrop.push_back({"msg1", store::message("same", text)});
      };
      arrives("Hello.\r\n");
      EXPECT_FALSE(poll().trouble);
      ASSERT_THAT(server->maildrop, IsEmpty());
      arrives("World.\r\n");
      // The fixture asserts that it is stored before a DELE names it.
      EXPECT_FALSE(poll().trouble);
      EXPECT_THAT(stored(), SizeIs(2)) << top << named;
      EXPECT_FALSE(poll().trouble);
      EXPECT_THAT(server->maildrop, IsEmpty()) << top << named;
      EXPECT_EQ(server->count("DELE"), 2U) << top << named;
    }
  }
}

TEST_F(Identity, SoItIsWhereOnlyWhatIsExpungedIsDeleted) {  // R6, I1
  for (const bool top : {true, false}) {
    start_over();
    if (!top) without_top();
    source.keep_on_server = until_deleted;
    arrive_as_mail("other");
    arrive_as_mail("msg1");
    (void)poll();
    expunge(2);
    (void)poll();
    ASSERT_THAT(upstream_ids(), ElementsAre("other"));
    arrive_as_mail("msg1");
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(poll().trouble);
    EXPECT_EQ(stored(), upstream()) << top;
    EXPECT_EQ(server->count("DELE"), 1U) << top;
    EXPECT_THAT(stored(), SizeIs(2)) << top;
  }
}

TEST_F(Identity, ADeletionThatWasNotCarriedOutIsRepeatedForTheSameMessage) {  // D18, I4
  for (const bool top : {true, false}) {
    start_over();
    if (!top) without_top();
    source.keep_on_server = until_deleted;
    for (int i = 0; i < 3; ++i) arrive_as_mail("id-" + std::to_string(i));
    (void)poll();
    expunge(1);
    server->quirks.quit = test::HostilePop3::Quit::refused;
    (void)poll();
    EXPECT_THAT(server->maildrop, SizeIs(3));
    server->quirks.quit = test::HostilePop3::Quit::applied;
    for (int i = 0; i < 2; ++i) EXPECT_FALSE(poll().trouble);
    EXPECT_THAT(upstream_ids(), ElementsAre("id-1", "id-2")) << top;
    EXPECT_EQ(stored(), upstream()) << top;
    EXPECT_EQ(server->count("RETR"), top ? 3U : 4U);
  }
}

TEST_F(Identity, AServerThatCarriesNoDeletionOutCostsLittle) {  // D18
  without_top();
  source.keep_on_server = never;
  for (int i = 0; i < 100; ++i) arrive_as_mail("id-" + std::to_string(i));
  server->quirks.quit = test::HostilePop3::Quit::refused;
  (void)poll();
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(poll().trouble);
  EXPECT_LE(server->count("RETR"), 160U);
  EXPECT_EQ(stored(), upstream());
}

}  // namespace
}  // namespace postern::engine
