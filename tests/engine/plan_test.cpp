#include "sync/engine/plan.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::engine {
namespace {

using config::KeepOnServer;
using store::Origin;
using store::OriginState;
using wire::pop3::ListedMessage;
using wire::pop3::Reliability;

constexpr WallTime now{std::chrono::seconds(1'700'000'000)};
constexpr std::chrono::hours day{24};

Origin stored(std::int64_t id, std::string uidl, std::uint32_t octets = 10) {
  return {OriginId(id), std::move(uidl), octets, OriginState::stored, false, now - day, {}};
}
Origin due(std::int64_t id, std::string uidl) {
  Origin origin = stored(id, std::move(uidl));
  origin.state = OriginState::delete_due;
  return origin;
}
Origin tombstone(std::int64_t id, std::string uidl) {
  Origin origin = stored(id, std::move(uidl));
  origin.expunged = true;
  return origin;
}
Origin due_tombstone(std::int64_t id, std::string uidl) {
  Origin origin = due(id, std::move(uidl));
  origin.expunged = true;
  return origin;
}
Origin gone(std::int64_t id, std::string uidl, WallTime since = now - day) {
  Origin origin = stored(id, std::move(uidl));
  origin.state = OriginState::gone;
  origin.gone_since = since;
  return origin;
}
Origin seen(Origin origin, WallTime first_seen) {
  origin.first_seen = first_seen;
  return origin;
}

Origin watched_from(Origin origin, std::chrono::seconds from) {
  origin.watched_from = from;
  return origin;
}

Origin announced(Origin origin, std::uint64_t octets) {
  origin.announced = octets;
  return origin;
}

constexpr KeepOnServer forever{KeepOnServer::Rule::forever, {}};
constexpr KeepOnServer until_deleted{KeepOnServer::Rule::until_deleted, {}};
constexpr KeepOnServer ten_days{KeepOnServer::Rule::days, std::chrono::days(10)};
constexpr KeepOnServer never{KeepOnServer::Rule::never, {}};

struct Row {
  const char* name;
  KeepOnServer keep;
  std::vector<ListedMessage> listed;
  std::vector<Origin> known;
  std::string expected;  ///< see text_of()
  Reliability reliability = Reliability::complete;
  bool full_sync_before = true;
  bool loss_confirmed = false;
  std::vector<store::FetchFailure> failures{};
  Evidence evidence{};
  std::chrono::seconds watched = 1000 * day;
  std::uint64_t message_limit = 1'000'000;
};

/// "fetch 1 2 due #1 dele 3 gone #2": numbers of messages, ids of origins.
std::string text_of(const Plan& plan) {
  std::string text;
  const auto word = [&](const std::string& next) { text += (text.empty() ? "" : " ") + next; };
  if (!plan.fetch.empty()) word("fetch");
  for (const FetchItem& item : plan.fetch) word(std::to_string(item.number));
  if (!plan.retry.empty()) word("retry");
  for (const FetchItem& item : plan.retry) word(std::to_string(item.number));
  if (!plan.oversize.empty()) word("placeholder");
  for (const FetchItem& item : plan.oversize) word(std::to_string(item.number));
  for (const store::Rebinding& rebinding : plan.rebind) {
    const bool parked = rebinding.uidl == parked_key(rebinding.origin);
    word("#" + std::to_string(rebinding.origin.value) + "=" + (parked ? "parked" : rebinding.uidl));
  }
  if (!plan.mark_due.empty()) word("due");
  for (const OriginId id : plan.mark_due) word("#" + std::to_string(id.value));
  if (!plan.remove.empty()) word("dele");
  for (const DeleteItem& item : plan.remove) word(std::to_string(item.number));
  if (!plan.mark_gone.empty()) word("gone");
  for (const OriginId id : plan.mark_gone) word("#" + std::to_string(id.value));
  if (plan.removals_confirmed != 0) word("confirmed " + std::to_string(plan.removals_confirmed));
  if (plan.postponed_deletes != 0) word("postponed " + std::to_string(plan.postponed_deletes));
  if (plan.failing != 0) word("failing " + std::to_string(plan.failing));
  for (const std::string& uidl : plan.settled) word("settled " + uidl);
  if (plan.forget) word("forget");
  if (plan.suspicious) word("suspicious");
  if (plan.resized) word("resized");
  return text;
}

Plan plan_of(const Row& row) {
  wire::pop3::Listing listing;
  listing.messages = row.listed;
  listing.reliability = row.reliability;
  return make_plan({listing, row.known, row.evidence, row.failures, row.keep, now,
                    row.message_limit, row.full_sync_before, row.loss_confirmed, row.watched});
}

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) EXPECT_EQ(text_of(plan_of(row)), row.expected) << row.name;
}

TEST(Plan, FetchesWhatIsNotKnown) {
  check({
      {"nothing", forever, {}, {}, ""},
      {"all new", forever, {{1, 5, "a"}, {2, 5, "b"}}, {}, "fetch 1 2"},
      {"nothing new", forever, {{1, 5, "a"}}, {stored(1, "a")}, ""},
      {"D19: one arrived", forever, {{1, 5, "a"}, {2, 5, "b"}}, {stored(1, "a")}, "fetch 2"},
      {"R5: a tombstone is not fetched", forever, {{1, 5, "a"}}, {tombstone(1, "a")}, ""},
      {"a due one is not fetched", forever, {{1, 5, "a"}}, {due(1, "a")}, ""},
      {"D7: an id comes back after it was gone", forever, {{1, 5, "a"}}, {gone(1, "a")}, "fetch 1"},
      {"D7: and is known from then on", forever, {{1, 5, "a"}}, {gone(1, "a"), stored(2, "a")}, ""},
      {"D8: case twins", forever, {{1, 5, "a"}, {2, 5, "A"}}, {stored(1, "a")}, "fetch 2"},
      {"R6: another size, perhaps another message",
       never,
       {{1, 999, "a"}, {2, 5, "b"}},
       {announced(due(1, "a"), 10), stored(2, "b")},
       "fetch 1 due #2 dele 2"},
      {"R6: also that of a tombstone",
       until_deleted,
       {{1, 999, "a"}, {2, 5, "b"}},
       {announced(due_tombstone(1, "a"), 10), stored(2, "b")},
       "fetch 1"},
      {"R6: more than half of several at once",
       never,
       {{1, 9, "a"}, {2, 9, "b"}, {3, 9, "c"}, {4, 5, "d"}},
       {announced(stored(1, "a"), 5), announced(stored(2, "b"), 5), announced(stored(3, "c"), 5),
        announced(stored(4, "d"), 5)},
       "fetch 1 2 3 postponed 1 resized"},
      {.name = "R4: a broken listing says nothing about sizes",
       .keep = never,
       .listed = {{1, 999, "a"}, {2, 5, "b"}},
       .known = {announced(stored(1, "a"), 10), stored(2, "b")},
       .expected = "postponed 1",
       .reliability = Reliability::broken},
      {"R6: the size it always had", never, {{1, 10, "a"}}, {announced(due(1, "a"), 10)}, "dele 1"},
      {"D19 rewrite: other size under a known id", forever, {{1, 999, "a"}}, {stored(1, "a")}, ""},
      {.name = "D9: from a broken listing too",
       .keep = forever,
       .listed = {{2, 5, "b"}},
       .known = {stored(1, "a")},
       .expected = "fetch 2 suspicious",
       .reliability = Reliability::broken},
      {.name = "D12: what ended a session comes last, alone",
       .keep = forever,
       .listed = {{1, 5, "a"}, {2, 5, "b"}, {3, 5, "c"}},
       .known = {},
       .expected = "fetch 2 3 retry 1",
       .failures = {{"a", 1, now}}},
      {.name = "and waits for its time",
       .keep = never,
       .listed = {{1, 5, "a"}, {2, 5, "b"}},
       .known = {stored(1, "b")},
       .expected = "due #1 dele 2 failing 1",
       .full_sync_before = false,
       .failures = {{"a", 3, now + std::chrono::minutes(1)}}},
      {.name = "J11: unless the clock was set back",
       .keep = forever,
       .listed = {{1, 5, "a"}},
       .known = {},
       .expected = "retry 1",
       .failures = {{"a", 3, now + std::chrono::hours(25)}}},
      {.name = "it is forgotten with its message",
       .keep = forever,
       .listed = {{1, 5, "b"}},
       .known = {stored(1, "b")},
       .expected = "settled a",
       .failures = {{"a", 3, now}}},
  });
}

TEST(Plan, DeletesAsTheOperatorWants) {
  const Origin old = seen(stored(1, "a"), now - 10 * day - std::chrono::hours(1));
  const Origin young = seen(stored(1, "a"), now - 10 * day + std::chrono::seconds(1));
  check({
      {"forever keeps", forever, {{1, 5, "a"}}, {tombstone(1, "a")}, ""},
      {"forever keeps what was once due", forever, {{1, 5, "a"}}, {due(1, "a")}, ""},
      {"until-deleted keeps what is here", until_deleted, {{1, 5, "a"}}, {stored(1, "a")}, ""},
      {"until-deleted", until_deleted, {{1, 5, "a"}}, {due_tombstone(1, "a")}, "dele 1"},
      {"until-deleted, chosen after the expunge",
       until_deleted,
       {{1, 5, "a"}},
       {tombstone(1, "a")},
       "due #1 dele 1"},
      {"days: not yet", ten_days, {{1, 5, "a"}}, {young}, ""},
      {"days: R17", ten_days, {{1, 5, "a"}}, {watched_from(old, 990 * day)}, "due #1 dele 1"},
      {"never", never, {{1, 5, "a"}}, {stored(1, "a")}, "due #1 dele 1"},
      {"never, repeated after a lost QUIT (D18)", never, {{1, 5, "a"}}, {due(1, "a")}, "dele 1"},
      {"never, what is not stored is only fetched",
       never,
       {{1, 5, "a"}, {2, 5, "b"}},
       {stored(1, "a")},
       "fetch 2 due #1 dele 1"},
      {.name = "R17, J11: only the wall clock says so",
       .keep = ten_days,
       .listed = {{1, 5, "a"}},
       .known = {watched_from(old, 400 * day)},
       .expected = "",
       .watched = 410 * day - std::chrono::seconds(1)},
      {.name = "R20: inert during the first sync",
       .keep = never,
       .listed = {{1, 5, "a"}, {2, 5, "b"}},
       .known = {stored(1, "a")},
       .expected = "fetch 2 postponed 1",
       .full_sync_before = false},
      {.name = "R20: everything is here, so it was completed",
       .keep = never,
       .listed = {{1, 5, "a"}},
       .known = {stored(1, "a")},
       .expected = "due #1 dele 1",
       .full_sync_before = false},
      {.name = "R4: a broken listing deletes nothing",
       .keep = never,
       .listed = {{1, 5, "a"}},
       .known = {stored(1, "a")},
       .expected = "postponed 1",
       .reliability = Reliability::broken},
      {.name = "D11: STAT lies, the ids decide",
       .keep = never,
       .listed = {{1, 5, "a"}},
       .known = {stored(1, "a"), stored(2, "b")},
       .expected = "due #1 dele 1",
       .reliability = Reliability::ambiguous},
  });
}

TEST(Plan, TakesForGoneOnlyWhatACompleteListingLacks) {
  check({
      {"R3: a delete is done", never, {}, {due(1, "a")}, "gone #1 confirmed 1"},
      {"vanished by itself", forever, {{1, 5, "b"}}, {stored(1, "a"), stored(2, "b")}, "gone #1"},
      {"a tombstone ends", forever, {}, {tombstone(1, "a")}, "gone #1"},
      {"D20: an empty maildrop is not believed", forever, {}, {stored(1, "a")}, "suspicious"},
      {"D20: nor for what is due", never, {}, {stored(1, "a"), due(2, "b")}, "suspicious"},
      {"D6, R7: all ids changed",
       never,
       {{1, 5, "x"}, {2, 5, "y"}, {3, 5, "z"}},
       {stored(1, "a"), stored(2, "b"), stored(3, "c")},
       "fetch 1 2 3 suspicious"},
      {"more than half of several",
       forever,
       {{1, 5, "a"}, {2, 5, "b"}},
       {stored(1, "a"), stored(2, "b"), stored(3, "c"), stored(4, "d"), stored(5, "e")},
       "suspicious"},
      {"half is believed",
       forever,
       {{1, 5, "a"}, {2, 5, "b"}},
       {stored(1, "a"), stored(2, "b"), stored(3, "c"), stored(4, "d")},
       "gone #3 #4"},
      {"one of two is believed",
       forever,
       {{1, 5, "a"}},
       {stored(1, "a"), stored(2, "b")},
       "gone #2"},
      {.name = "R8: an earlier listing lost as much",
       .keep = forever,
       .listed = {},
       .known = {stored(1, "a")},
       .expected = "gone #1 suspicious",
       .loss_confirmed = true},
      {.name = "R7: nothing is deleted while the listing is suspicious",
       .keep = never,
       .listed = {{1, 5, "a"}},
       .known = {due(1, "a"), stored(2, "b"), stored(3, "c")},
       .expected = "postponed 1 suspicious"},
      {.name = "R4: not from a broken listing",
       .keep = forever,
       .listed = {{1, 5, "b"}},
       .known = {stored(1, "a"), stored(2, "b")},
       .expected = "",
       .reliability = Reliability::broken},
      {.name = "R4: not from an ambiguous listing",
       .keep = forever,
       .listed = {{1, 5, "b"}},
       .known = {stored(1, "a"), stored(2, "b")},
       .expected = "",
       .reliability = Reliability::ambiguous},
      {"90 days are remembered", forever, {}, {gone(1, "a", now - 90 * day)}, ""},
      {"and then forgotten",
       forever,
       {},
       {gone(1, "a", now - 90 * day - std::chrono::seconds(1))},
       "forget"},
      {.name = "J11: not if only the wall clock says so",
       .keep = forever,
       .listed = {},
       .known = {watched_from(gone(1, "a", now - 91 * day), 10 * day)},
       .expected = "",
       .watched = 11 * day},
  });
}

/// Records what a plan fetches as if it had been carried out.
std::vector<Origin> after_fetching(std::vector<Origin> known, const Plan& plan) {
  for (const FetchItem& item : plan.fetch) {
    Origin origin = stored(static_cast<std::int64_t>(known.size()) + 100, std::string(item.key),
                           static_cast<std::uint32_t>(item.octets));
    known.push_back(std::move(origin));
  }
  return known;
}

TEST(Plan, FetchesMessagesOfOneIdOnceEachAndDeletesNone) {  // D5
  struct {
    const char* name;
    std::vector<ListedMessage> listed;
    std::vector<Origin> known;
    std::string first;
    std::string second;
  } const rows[] = {
      {"two of one id",
       {{1, 5, "a"}, {2, 6, "a"}, {3, 7, "b"}},
       {},
       "fetch 1 2 3",
       "due #102 dele 3"},
      {"equal sizes too", {{1, 5, "a"}, {2, 5, "a"}, {3, 5, "a"}}, {}, "fetch 1 2 3", ""},
      {"all of one id", {{1, 5, "a"}, {2, 5, "a"}}, {}, "fetch 1 2", ""},
      {"D8: empty ids", {{1, 5, ""}, {2, 5, ""}}, {}, "fetch 1 2", ""},
      {"one empty id", {{1, 5, ""}}, {}, "fetch 1", ""},
      {"one is known by size", {{1, 5, "a"}, {2, 10, "a"}}, {stored(1, "a", 10)}, "fetch 1", ""},
      {"one is known, sizes lie", {{1, 5, "a"}, {2, 6, "a"}}, {stored(1, "a", 10)}, "fetch 2", ""},
      {"the known one was gone", {{1, 5, "a"}, {2, 6, "a"}}, {gone(1, "a")}, "fetch 1 2", ""},
  };
  for (const auto& row : rows) {
    const Row first{.name = row.name,
                    .keep = never,
                    .listed = row.listed,
                    .known = row.known,
                    .expected = row.first,
                    .reliability = Reliability::ambiguous};
    const Plan plan = plan_of(first);
    EXPECT_EQ(text_of(plan), row.first) << row.name;
    Row second = first;
    second.known = after_fetching(row.known, plan);
    EXPECT_EQ(text_of(plan_of(second)), row.second) << row.name << ", second poll";
  }
}

TEST(Plan, RemembersThatAnIdWasAmbiguous) {  // D5
  const Origin first = stored(1, ambiguous_key("a", 5, 1), 5);
  const Origin second = stored(2, ambiguous_key("a", 6, 1), 6);
  check({
      {"one of two is left",
       never,
       {{1, 6, "a"}, {2, 5, "b"}},
       {first, second, stored(3, "b")},
       "due #3 dele 2 gone #1"},
      {"a third one came",
       never,
       {{1, 7, "a"}, {2, 5, "b"}},
       {first, second, stored(3, "b"), stored(4, "c"), stored(5, "d")},
       "fetch 1 postponed 1 suspicious"},
      {"the plain one is not deleted either",
       never,
       {{1, 10, "a"}},
       {stored(1, "a"), gone(2, ambiguous_key("a", 5, 1))},
       ""},
  });
}

Origin skipped(std::int64_t id, std::string uidl, std::uint64_t announced_octets,
               std::uint32_t limit) {
  Origin origin = announced(stored(id, std::move(uidl)), announced_octets);
  origin.state = OriginState::skipped;
  origin.octets = limit;
  return origin;
}

TEST(Plan, PutsPlaceholdersForWhatIsBeyondTheLimit) {  // R15
  const auto row = [](const char* name, std::vector<ListedMessage> listed,
                      std::vector<Origin> known, std::string expected) {
    return Row{.name = name,
               .keep = never,
               .listed = std::move(listed),
               .known = std::move(known),
               .expected = std::move(expected),
               .message_limit = 100};
  };
  check({
      row("one size is put to the test", {{1, 200, "a"}, {2, 300, "b"}, {3, 5, "c"}}, {},
          "fetch 3 retry 1 failing 1"),
      row("it was right: the others are believed", {{1, 200, "a"}, {2, 300, "b"}},
          {skipped(1, "a", 200, 100)}, "placeholder 2"),
      row("it was wrong: all are tried", {{1, 200, "a"}, {2, 300, "b"}, {3, 300, "c"}},
          {skipped(1, "b", 300, 100), announced(stored(2, "a", 20), 200)}, "retry 3 due #2 dele 1"),
      row("never deleted", {{1, 200, "a"}}, {skipped(1, "a", 200, 100)}, ""),
      row("the limit was raised", {{1, 90, "a"}}, {skipped(1, "a", 90, 50)}, "fetch 1"),
      row("and not enough", {{1, 200, "a"}}, {skipped(1, "a", 200, 50)}, ""),
      row("the announced size lies", {{1, 5, "a"}}, {skipped(1, "a", 5, 100)}, ""),
      row("it lies, and the limit was raised", {{1, 5, "a"}}, {skipped(1, "a", 5, 99)}, "fetch 1"),
  });
}

TEST(Plan, GoesByEvidenceBeforeIds) {  // R7, D6, D7
  const auto with = [](std::unordered_map<std::uint32_t, std::optional<OriginId>> named) {
    Evidence evidence;
    evidence.named = std::move(named);
    return evidence;
  };
  check({
      {.name = "a known message under another id",
       .keep = never,
       .listed = {{1, 10, "x"}, {2, 10, "b"}},
       .known = {stored(1, "a"), stored(2, "b")},
       .expected = "#1=x postponed 2",
       .evidence = with({{1, OriginId(1)}})},
      {.name = "a tombstone that is offered again",
       .keep = until_deleted,
       .listed = {{1, 10, "x"}},
       .known = {gone(1, "a")},
       .expected = "#1=x",
       .evidence = with({{1, OriginId(1)}})},
      {.name = "D7: another message under a known id",
       .keep = forever,
       .listed = {{1, 10, "1"}},
       .known = {stored(1, "1")},
       .expected = "fetch 1 #1=parked suspicious",
       .evidence = with({{1, std::nullopt}})},
      {.name = "D7: numbers moved up",
       .keep = until_deleted,
       .listed = {{1, 10, "1"}, {2, 10, "2"}},
       .known = {due(1, "1"), stored(2, "2"), stored(3, "3")},
       .expected = "#1=parked #2=1 #3=2 gone #1 confirmed 1",
       .evidence = with({{1, OriginId(2)}, {2, OriginId(3)}})},
      {.name = "D5: a later message of the same id and size",
       .keep = forever,
       .listed = {{1, 5, "a"}, {2, 5, "a"}},
       .known = {stored(1, ambiguous_key("a", 5, 1)), stored(2, ambiguous_key("a", 5, 2))},
       .expected = "fetch 2",
       .reliability = Reliability::ambiguous,
       .evidence = with({{1, OriginId(1)}, {2, std::nullopt}})},
  });
}

TEST(Plan, SaysWhichDeletionsAreLeft) {
  const auto left = [](const Row& row) {
    std::vector<std::int64_t> ids;
    for (const OriginId id : plan_of(row).left) ids.push_back(id.value);
    return ids;
  };
  Row row{.name = "",
          .keep = until_deleted,
          .listed = {{1, 5, "a"}, {2, 5, "a"}, {3, 5, "b"}, {4, 5, "c"}},
          .known = {due_tombstone(1, "a"), due_tombstone(2, "b"), stored(3, "c"), gone(4, "d")},
          .expected = "",
          .reliability = Reliability::ambiguous};
  EXPECT_EQ(left(row), std::vector<std::int64_t>{1}) << "a shared id";
  row.reliability = Reliability::broken;
  EXPECT_EQ(left(row), (std::vector<std::int64_t>{1, 2})) << "a broken listing";
}

TEST(Plan, TriesAgainLessAndLess) {
  EXPECT_EQ(next_try(4, now), now);
  EXPECT_EQ(next_try(5, now), now + std::chrono::minutes(15));
  EXPECT_EQ(next_try(6, now), now + std::chrono::minutes(30));
  EXPECT_EQ(next_try(100, now), now + day);
}

TEST(Plan, IsFollowedByNothingOnceItWasCarriedOut) {
  const std::vector<ListedMessage> listed{{1, 5, "a"}, {2, 5, "b"}, {3, 5, "c"}};
  Row row{.name = "", .keep = forever, .listed = listed, .known = {}, .expected = ""};
  row.known = after_fetching({}, plan_of(row));
  EXPECT_EQ(text_of(plan_of(row)), "");
}

TEST(Plan, CostsTheSameForEveryKindOfListing) {  // D5, D12: no quadratic work
  std::vector<ListedMessage> pairs;
  Texts texts;
  for (std::uint32_t i = 1; i <= 200'000; ++i)
    pairs.push_back({i, 5, texts.keep(std::to_string(i / 2))});
  const Row row{.name = "pairs",
                .keep = never,
                .listed = std::move(pairs),
                .known = {},
                .expected = "",
                .reliability = Reliability::ambiguous};
  EXPECT_EQ(plan_of(row).fetch.size(), 200'000U);
}

}  // namespace
}  // namespace postern::engine
