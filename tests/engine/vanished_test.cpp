#include "sync/engine/vanished.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postern::engine {
namespace {

using config::GoneUpstream;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using store::Origin;
using store::OriginState;
using testing::IsEmpty;
using testing::SizeIs;
using Operator = VanishedInput::Operator;

const WallTime now{std::chrono::seconds(1'700'000'000)};

Origin gone(std::int64_t id, std::int32_t lacking, WallTime since) {
  return {.id = OriginId(id),
          .uidl = "uidl-" + std::to_string(id),
          .octets = 10,
          .state = OriginState::gone,
          .gone_since = since,
          .lacking = lacking};
}

/// `count` messages that are here and there.
std::vector<Origin> with_others(std::vector<Origin> origins, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    origins.push_back({.id = OriginId(1000 + i), .uidl = "here-" + std::to_string(i)});
  }
  return origins;
}

Vanished judge(const std::vector<Origin>& known, ListingWorth listing = ListingWorth::good,
               Operator said = Operator::silent) {
  return judge_vanished({.known = known,
                         .listing = listing,
                         .rule = GoneUpstream::trash,
                         .wait = days(2),
                         .said = said,
                         .now = now,
                         .clock_trusted = true,
                         .listed_before = now - hours(20)});
}

TEST(Vanished, OneMessageOfMany) {  // R8, D20
  enum class Becomes { nothing, counted, moved };
  struct {
    const char* name;
    Origin origin;
    ListingWorth listing;
    Becomes becomes;
  } const rows[] = {
      {"gone just now", gone(1, 0, now), ListingWorth::good, Becomes::counted},
      {"gone just now, and this listing proves nothing", gone(1, 0, now), ListingWorth::none,
       Becomes::nothing},
      {"a second listing after a minute", gone(1, 1, now - minutes(1)), ListingWorth::good,
       Becomes::counted},
      {"a third one after ten minutes", gone(1, 2, now - minutes(10)), ListingWorth::good,
       Becomes::counted},
      {"a second one after a week", gone(1, 1, now - days(7)), ListingWorth::good,
       Becomes::counted},
      {"a third one a second too early", gone(1, 2, now - days(2) + std::chrono::seconds(1)),
       ListingWorth::good, Becomes::counted},
      {"a third one after two days", gone(1, 2, now - days(2)), ListingWorth::good, Becomes::moved},
      {"a hundredth one after two days", gone(1, 3, now - days(2)), ListingWorth::good,
       Becomes::moved},
      {"many listings within a day", gone(1, 3, now - days(1)), ListingWorth::good,
       Becomes::nothing},
      {"after two days, by a listing that proves nothing", gone(1, 3, now - days(2)),
       ListingWorth::none, Becomes::nothing},
      {"deleted there by us", gone(1, store::not_counted, now - days(9)), ListingWorth::good,
       Becomes::nothing},
  };
  for (const auto& row : rows) {
    const Vanished vanished = judge(with_others({row.origin}, 20), row.listing);
    std::size_t counted = 0;
    for (const auto& origins : vanished.missed) counted += origins.size();
    EXPECT_EQ(vanished.trash.size(), row.becomes == Becomes::moved ? 1U : 0U) << row.name;
    const bool third = row.becomes == Becomes::moved && row.origin.lacking < listings_needed;
    EXPECT_EQ(counted, row.becomes == Becomes::counted || third ? 1U : 0U) << row.name;
    EXPECT_EQ(vanished.news(), row.becomes != Becomes::nothing) << row.name;
    EXPECT_EQ(vanished.unconfirmed, 0U) << row.name;
  }
}

TEST(Vanished, EachListingIsCountedOnce) {
  const Vanished vanished =
      judge(with_others({gone(1, 0, now), gone(2, 1, now), gone(3, 2, now), gone(4, 3, now)}, 90));
  EXPECT_THAT(vanished.missed[0], testing::ElementsAre(OriginId(1)));
  EXPECT_THAT(vanished.missed[1], testing::ElementsAre(OriginId(2)));
  EXPECT_THAT(vanished.missed[2], testing::ElementsAre(OriginId(3)));
  EXPECT_EQ(vanished.waiting, 4U);
}

TEST(Vanished, NeverMoreThanATenthWithoutTheOperator) {
  struct {
    const char* name;
    std::int64_t ripe;
    std::int64_t young;  ///< gone, too, but not long enough
    std::int64_t others;
    Operator said;
    std::size_t moved;
    std::size_t unconfirmed;
  } const rows[] = {
      {"a tenth", 10, 0, 90, Operator::silent, 10, 0},
      {"one more", 11, 0, 89, Operator::silent, 0, 11},
      {"one more, confirmed", 11, 0, 89, Operator::confirmed, 11, 0},
      {"a tenth, and others are on their way", 10, 1, 89, Operator::silent, 0, 10},
      {"all but one, confirmed", 99, 0, 1, Operator::confirmed, 99, 0},
      {"one of a few", 1, 0, 8, Operator::silent, 0, 1},
      {"one of ten", 1, 0, 9, Operator::silent, 1, 0},
      {"all", 3, 0, 0, Operator::silent, 0, 3},
      {"too many, but none for long enough", 0, 50, 50, Operator::silent, 0, 0},
      {"confirmed before it is time", 0, 50, 50, Operator::confirmed, 0, 0},
  };
  for (const auto& row : rows) {
    std::vector<Origin> origins;
    origins.reserve(static_cast<std::size_t>(row.ripe + row.young));
    for (std::int64_t i = 0; i < row.ripe; ++i) origins.push_back(gone(1 + i, 3, now - days(3)));
    for (std::int64_t i = 0; i < row.young; ++i) origins.push_back(gone(500 + i, 1, now));
    const Vanished vanished =
        judge(with_others(std::move(origins), row.others), ListingWorth::good, row.said);
    EXPECT_EQ(vanished.trash.size(), row.moved) << row.name;
    EXPECT_EQ(vanished.unconfirmed, row.unconfirmed) << row.name;
    const auto all = static_cast<std::size_t>(row.ripe + row.young);
    EXPECT_EQ(vanished.waiting, all - row.moved - row.unconfirmed) << row.name;
  }
}

TEST(Vanished, WhatWasDeletedOrMovedHereIsNoPartOfTheTenth) {
  std::vector<Origin> origins = with_others({gone(1, 3, now - days(3))}, 9);
  for (std::int64_t i = 0; i < 50; ++i) {
    origins.push_back(gone(100 + i, store::not_counted, now - days(3)));
    origins.push_back({.id = OriginId(200 + i), .uidl = "tombstone", .expunged = true});
    Origin tombstone = gone(300 + i, 3, now - days(3));
    tombstone.expunged = true;
    origins.push_back(tombstone);
  }
  EXPECT_THAT(judge(origins).trash, SizeIs(1));
  origins.push_back(gone(2, 0, now));
  EXPECT_THAT(judge(origins).trash, IsEmpty());
}

TEST(Vanished, AConfirmationNeedsAGoodListingToo) {
  const Vanished vanished =
      judge(with_others({gone(1, 3, now - days(3))}, 1), ListingWorth::none, Operator::confirmed);
  EXPECT_THAT(vanished.trash, IsEmpty());
  EXPECT_FALSE(vanished.news());
}

TEST(Vanished, WhatAListingIsWorth) {  // D11, D20, R4
  using wire::pop3::Reliability;
  struct {
    const char* name;
    ListingWorth worth;
    void (*change)(wire::pop3::Listing& listing, Plan& plan);
  } const rows[] = {
      {"complete", ListingWorth::good, [](auto&, Plan&) {}},
      {"empty", ListingWorth::none, [](auto& l, Plan&) { l.messages.clear(); }},
      {"short", ListingWorth::none, [](auto& l, Plan&) { l.reliability = Reliability::broken; }},
      {"ambiguous", ListingWorth::none,
       [](auto& l, Plan&) { l.reliability = Reliability::ambiguous; }},
      {"lost too much", ListingWorth::none, [](auto&, Plan& p) { p.suspicious = true; }},
      {"not all fetched", ListingWorth::none, [](auto&, Plan& p) { p.fetch.emplace_back(); }},
      {"one fails", ListingWorth::none, [](auto&, Plan& p) { p.retry.emplace_back(); }},
      {"one is put off", ListingWorth::none, [](auto&, Plan& p) { p.failing = 1; }},
  };
  for (const auto& row : rows) {
    wire::pop3::Listing listing;
    listing.reliability = Reliability::complete;
    listing.messages.push_back({.number = 1, .octets = 10, .uidl = "a"});
    Plan plan;
    row.change(listing, plan);
    EXPECT_EQ(worth_of(listing, plan), row.worth) << row.name;
  }
}

TEST(Vanished, AClockThatJumpsAheadMovesNothing) {  // J11
  struct {
    const char* name;
    std::chrono::seconds wait;
    bool trusted;
    WallTime listed_before;
    bool moved;
  } const rows[] = {
      {"as time goes by", days(2), true, now - days(1), true},
      {"after a restart, the days tell", days(2), false, now - days(1), true},
      {"the day before was one of the first", days(2), true, now - days(3), false},
      {"no listing on another day", days(2), true, WallTime(), false},
      {"a short wait does not ask for another day", hours(3), true, WallTime(), true},
      {"a short wait, and it did not go as the steady one", hours(3), false, now - days(1), false},
  };
  const std::vector<Origin> known = with_others({gone(1, 3, now - days(3))}, 20);
  for (const auto& row : rows) {
    const Vanished vanished = judge_vanished({.known = known,
                                              .listing = ListingWorth::good,
                                              .rule = GoneUpstream::trash,
                                              .wait = row.wait,
                                              .said = Operator::silent,
                                              .now = now,
                                              .clock_trusted = row.trusted,
                                              .listed_before = row.listed_before});
    EXPECT_EQ(vanished.trash.size(), row.moved ? 1U : 0U) << row.name;
  }
}

TEST(Vanished, WhatIsKeptIsKeptForGoodOnceAllThatIsListedIsHere) {
  for (const auto listing : {ListingWorth::good, ListingWorth::none, ListingWorth::unfinished}) {
    const Vanished vanished = judge_vanished(
        {.known = {gone(1, 0, now), gone(2, 3, now - days(9)), gone(3, store::not_counted, now)},
         .listing = listing,
         .rule = GoneUpstream::keep,
         .wait = days(2),
         .said = Operator::confirmed,
         .now = now,
         .clock_trusted = true,
         .listed_before = now});
    EXPECT_EQ(vanished.settled, listing == ListingWorth::unfinished
                                    ? std::vector<OriginId>()
                                    : (std::vector{OriginId(1), OriginId(2)}));
    EXPECT_THAT(vanished.trash, IsEmpty());
    EXPECT_EQ(vanished.waiting + vanished.unconfirmed, 0U);
  }
}

}  // namespace
}  // namespace postern::engine
