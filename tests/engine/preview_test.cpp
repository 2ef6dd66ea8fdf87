#include "sync/engine/preview.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postern::engine {
namespace {

using config::KeepOnServer;
using store::Origin;
using store::OriginState;
using testing::HasSubstr;
using Action = PreviewItem::Action;

const WallTime now{std::chrono::seconds(1'700'000'000)};

FetchItem message(std::uint32_t number, std::uint64_t octets, std::string_view key,
                  std::uint32_t failures = 0) {
  return {.number = number, .failures = failures, .octets = octets, .key = key};
}

/// A listing of three messages, of which the second is known.
struct Situation {
  wire::pop3::Listing listing;
  std::vector<Origin> known;
  config::Source source;
  Plan plan;
  Vanished vanished;

  Situation() {
    const auto texts = std::make_shared<Texts>();
    for (std::uint32_t i = 1; i <= 3; ++i)
      listing.messages.push_back(
          {.number = i, .octets = 100 * i, .uidl = texts->keep("uidl-" + std::to_string(i))});
    listing.texts = texts;
    known.push_back({.id = OriginId(2), .uidl = "uidl-2", .octets = 200});
  }
  [[nodiscard]] Preview preview() const {
    return preview_of(plan, vanished, listing, known, source);
  }
};

TEST(Preview, TellsWhatWouldBeDoneAndWhy) {
  using Rule = KeepOnServer::Rule;
  struct {
    const char* name;
    void (*arrange)(Situation& s);
    Action action;
    std::uint32_t number;
    const char* why;
  } const rows[] = {
      {"new", [](Situation& s) { s.plan.fetch = {message(1, 100, "uidl-1")}; }, Action::fetch, 1,
       "not here yet"},
      {"new, and deleted afterwards",
       [](Situation& s) {
         s.plan.fetch = {message(1, 100, "uidl-1")};
         s.source.keep_on_server.rule = Rule::never;
       },
       Action::fetch, 1, "not here yet; deleted there once it is here (keep_on_server: never)"},
      {"failed before", [](Situation& s) { s.plan.retry = {message(3, 300, "uidl-3", 2)}; },
       Action::fetch, 3, "not here yet; tried 2 times before"},
      {"a reused id", [](Situation& s) { s.plan.fetch = {message(2, 777, "uidl-2")}; },
       Action::fetch, 2, "its id was that of another message"},
      {"the limit was raised",
       [](Situation& s) {
         s.plan.fetch = {message(2, 200, "uidl-2")};
         s.known[0].state = OriginState::skipped;
       },
       Action::fetch, 2, "here is a placeholder, and it is within the limit now"},
      {"back again",
       [](Situation& s) {
         s.plan.fetch = {message(2, 200, "uidl-2")};
         s.known[0].state = OriginState::gone;
       },
       Action::fetch, 2, "it was gone and is there again"},
      {"too large", [](Situation& s) { s.plan.oversize = {message(3, 300, "uidl-3")}; },
       Action::placeholder, 3, "larger than limits: message"},
      {"deleted here",
       [](Situation& s) {
         s.plan.remove = {{2, OriginId(2)}};
         s.source.keep_on_server.rule = Rule::until_deleted;
       },
       Action::delete_there, 2, "deleted here (keep_on_server: until-deleted)"},
      {"after some days",
       [](Situation& s) {
         s.plan.remove = {{2, OriginId(2)}};
         s.source.keep_on_server = {Rule::days, std::chrono::days(30)};
       },
       Action::delete_there, 2, "here for 30 days (keep_on_server)"},
      {"never kept there",
       [](Situation& s) {
         s.plan.remove = {{2, OriginId(2)}};
         s.source.keep_on_server.rule = Rule::never;
       },
       Action::delete_there, 2, "here (keep_on_server: never)"},
      {"gone there",
       [](Situation& s) {
         s.vanished.trash = {OriginId(2)};
         s.known[0].state = OriginState::gone;
         s.known[0].gone_since = now;
       },
       Action::trash_here, 0, "gone upstream since 2023-11-14"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    Situation situation;
    row.arrange(situation);
    const Preview preview = situation.preview();
    EXPECT_EQ(preview.listed, 3U);
    ASSERT_EQ(preview.items.size(), 1U);
    EXPECT_EQ(preview.items[0].action, row.action);
    EXPECT_EQ(preview.items[0].number, row.number);
    EXPECT_THAT(preview.items[0].why, HasSubstr(row.why));
    const std::uint32_t listed = row.number == 0 ? 2 : row.number;
    EXPECT_EQ(preview.items[0].uidl, "uidl-" + std::to_string(listed));
  }
}

TEST(Preview, CountsWhatHasToWait) {
  Situation situation;
  situation.plan.failing = 1;
  situation.plan.postponed_deletes = 2;
  situation.vanished.waiting = 3;
  situation.vanished.unconfirmed = 4;
  const Preview preview = situation.preview();
  EXPECT_THAT(preview.items, testing::IsEmpty());
  EXPECT_EQ(preview.failing, 1U);
  EXPECT_EQ(preview.postponed, 2U);
  EXPECT_EQ(preview.waiting, 3U);
  EXPECT_EQ(preview.unconfirmed, 4U);
}

TEST(Preview, ShowsNoIdThatIsNoneOfTheServer) {  // D5
  Situation situation;
  constexpr std::string_view own(
      "\0"
      "1",
      2);
  situation.listing.messages[0].uidl = own;
  situation.plan.fetch = {message(1, 100, own)};
  EXPECT_EQ(situation.preview().items.at(0).uidl, "");
}

}  // namespace
}  // namespace postern::engine
