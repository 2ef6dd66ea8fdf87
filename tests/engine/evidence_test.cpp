#include "sync/engine/evidence.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postern::engine {
namespace {

using store::HeaderHash;
using store::Origin;
using store::OriginState;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;
using wire::pop3::Listing;
using wire::pop3::Reliability;

HeaderHash header(std::uint8_t of) {
  HeaderHash hash{};
  hash[0] = of;
  return hash;
}

/// Known: id, header, announced size.
Origin known(std::int64_t id, std::string uidl, std::uint8_t of, std::uint64_t announced = 100,
             OriginState state = OriginState::stored) {
  return {.id = OriginId(id),
          .uidl = std::move(uidl),
          .octets = 100,
          .state = state,
          .announced = announced,
          .header_hash = header(of)};
}

struct Line {
  std::string uidl;
  std::uint64_t octets = 100;
};
Listing listing(const std::vector<Line>& lines, Reliability reliability = Reliability::complete) {
  const auto texts = std::make_shared<Texts>();
  Listing listing;
  listing.reliability = reliability;
  std::uint32_t number = 0;
  for (const Line& line : lines)
    listing.messages.push_back({++number, line.octets, texts->keep(line.uidl)});
  listing.texts = texts;
  return listing;
}

auto is(std::uint32_t number, std::int64_t origin) {
  return Pair(number, testing::Optional(OriginId(origin)));
}
auto is_new(std::uint32_t number) {
  return Pair(number, testing::Eq(std::nullopt));
}

TEST(Evidence, SeesThatIdsChanged) {  // R7, D20
  const std::vector<Origin> four{known(1, "a", 1), known(2, "b", 2), known(3, "c", 3),
                                 known(4, "d", 4)};
  struct {
    const char* name;
    std::vector<Line> lines;
    std::vector<Origin> origins;
    bool changed;
  } const rows[] = {
      {"none", {{"a"}, {"b"}, {"c"}, {"d"}}, four, false},
      {"all", {{"w"}, {"x"}, {"y"}, {"z"}}, four, true},
      {"three of four", {{"a"}, {"x"}, {"y"}, {"z"}}, four, true},
      {"half", {{"a"}, {"b"}, {"y"}, {"z"}}, four, false},
      {"the only one", {{"z"}}, {known(1, "a", 1)}, true},
      {"nothing is left", {}, four, true},
      {"nothing was known", {{"a"}}, {}, false},
      {"what was to be deleted does not count",
       {{"a"}},
       {known(1, "a", 1), known(2, "b", 2, 100, OriginState::delete_due),
        known(3, "c", 3, 100, OriginState::gone), known(4, "d", 4, 100, OriginState::delete_sent)},
       false},
  };
  for (const auto& row : rows)
    EXPECT_EQ(ids_changed(listing(row.lines), row.origins), row.changed) << row.name;
}

TEST(Evidence, FindsMessagesUnderOtherIdsByTheirHeaders) {  // R7, D6
  const std::vector<Origin> origins{known(1, "a", 1), known(2, "b", 2),
                                    known(3, "c", 3, 100, OriginState::gone)};
  const Evidence evidence =
      evidence_of_changed_ids(listing({{"x"}, {"y"}, {"z"}, {"new"}}), origins,
                              {{1, header(2)}, {2, header(1)}, {3, header(3)}, {4, header(9)}});
  EXPECT_TRUE(evidence.relinking);
  EXPECT_THAT(evidence.named, UnorderedElementsAre(is(1, 2), is(2, 1), is(3, 3)));
}

TEST(Evidence, LeavesOpenWhatHeadersDoNotTell) {
  const std::vector<Origin> twins{known(1, "a", 1), known(2, "b", 1), known(3, "c", 3)};
  struct {
    const char* name;
    std::vector<Line> lines;
    Headers headers;
    std::vector<std::uint32_t> named;
  } const rows[] = {
      {"two of one header",
       {{"x"}, {"y"}, {"z"}},
       {{1, header(1)}, {2, header(1)}, {3, header(3)}},
       {3}},
      {"an unknown header", {{"x"}}, {{1, header(9)}}, {}},
      {"none were shown", {{"x"}, {"y"}}, {}, {}},
      {"one whose id is still listed", {{"c"}, {"z"}}, {{2, header(3)}}, {}},
      {"one of another size, where sizes stayed",
       {{"x", 100}, {"y", 101}},
       {{1, header(3)}, {2, header(3)}},
       {1}},
  };
  for (const auto& row : rows) {
    const Evidence evidence = evidence_of_changed_ids(listing(row.lines), twins, row.headers);
    std::vector<std::uint32_t> named;
    named.reserve(evidence.named.size());
    for (const auto& [number, origin] : evidence.named) named.push_back(number);
    EXPECT_THAT(named, testing::UnorderedElementsAreArray(row.named)) << row.name;
  }
}

TEST(Evidence, AsksOnlyForWhatWasNeverSeen) {
  const std::vector<Origin> origins{known(1, "a", 1), known(2, "b", 2, 100, OriginState::gone)};
  EXPECT_THAT(unknown_messages(listing({{"a"}, {"b"}, {"c"}}), origins), ElementsAre(2, 3));
}

TEST(Evidence, TellsMessagesOfOneIdApart) {  // D5
  const Listing shared = listing({{"s"}, {"s"}, {"s", 200}, {"own"}}, Reliability::ambiguous);
  const std::vector<Origin> origins{known(1, "s", 1), known(2,
                                                            std::string("s\0"
                                                                        "100",
                                                                        5),
                                                            2)};
  EXPECT_THAT(shared_ids(shared, origins), ElementsAre(1, 2, 3));
  Evidence evidence;
  add_evidence_of_shared_ids(shared, origins, {{1, header(2)}, {2, header(1)}, {3, header(3)}},
                             evidence);
  EXPECT_THAT(evidence.named, UnorderedElementsAre(is(1, 2), is(2, 1), is_new(3)));
  EXPECT_THAT(shared_ids(listing({{"s"}, {"own"}}), origins), IsEmpty());
}

TEST(Evidence, OfTheOrderWhereIdsAreNumbers) {  // D1, D7
  const std::vector<Origin> origins{known(1, "1", 1, 10), known(2, "2", 2, 20),
                                    known(3, "3", 3, 30, OriginState::delete_sent)};
  struct {
    const char* name;
    std::vector<std::uint64_t> sizes;
    std::vector<std::size_t> lengths;  ///< of the continuities
  } const rows[] = {
      {"all are there", {10, 20, 30}, {3, 2}},      {"and one more", {10, 20, 30, 40}, {3, 2}},
      {"the deletion was done", {10, 20, 40}, {2}}, {"one in the middle is gone", {10, 30, 40}, {}},
      {"fewer than were known", {10}, {}},          {"sizes are unknown", {0, 0, 0}, {3, 2}},
  };
  for (const auto& row : rows) {
    std::vector<Line> lines;
    lines.reserve(row.sizes.size());
    for (const std::uint64_t size : row.sizes)
      lines.push_back({std::to_string(lines.size() + 1), size});
    const Listing numbers = listing(lines);
    EXPECT_TRUE(ids_are_numbers(numbers));
    std::vector<std::size_t> lengths;
    for (const Continuity& found : continuities(numbers, origins))
      lengths.push_back(found.origins.size());
    EXPECT_EQ(lengths, row.lengths) << row.name;
  }
  // Message 2 was never fetched, and 3 is to be deleted.
  const std::vector<Origin> gap{known(1, "1", 1, 10), known(3, "3", 3, 30, OriginState::delete_due),
                                known(4,
                                      std::string("\0"
                                                  "4",
                                                  2),
                                      4, 40)};
  const Listing before = listing({{"1", 10}, {"2", 20}, {"3", 30}, {"4", 40}});
  EXPECT_THAT(evidence_of_order(before, continuities(before, gap).at(0)).named,
              UnorderedElementsAre(is(1, 1), is_new(2), is(3, 3), is(4, 4)));
  const Listing after = listing({{"1", 10}, {"2", 20}, {"3", 40}});
  EXPECT_THAT(evidence_of_order(after, continuities(after, gap).at(0)).named,
              UnorderedElementsAre(is(1, 1), is_new(2), is(3, 4)));
  // Two of one number, and one that no listing has room for.
  EXPECT_THAT(continuities(before, {known(1, "1", 1, 10), known(2,
                                                                std::string("\0"
                                                                            "1",
                                                                            2),
                                                                1, 10)}),
              IsEmpty());
  EXPECT_THAT(continuities(before, {known(1, "4294967295", 1, 10)}), IsEmpty());
  const Listing grown = listing({{"1", 10}, {"2", 20}, {"3", 30}, {"4", 40}});
  EXPECT_THAT(evidence_of_order(grown, continuities(grown, origins).at(0)).named,
              UnorderedElementsAre(is(1, 1), is(2, 2), is(3, 3), is_new(4)));
  EXPECT_FALSE(ids_are_numbers(listing({{"1"}, {"7"}})));
  EXPECT_FALSE(ids_are_numbers(listing({})));
}

TEST(Evidence, OfHeadersTakesEachKnownMessageOnce) {
  const std::vector<Origin> origins{known(1, "1", 1, 10, OriginState::gone), known(2, "2", 1, 10),
                                    known(3, "3", 3, 30)};
  const Evidence evidence =
      evidence_of_headers(listing({{"1", 10}, {"2", 10}, {"3", 10}, {"4", 31}}), origins,
                          {{1, header(1)}, {2, header(1)}, {3, header(1)}, {4, header(3)}});
  EXPECT_THAT(evidence.named, UnorderedElementsAre(is(1, 2), is(2, 1), is_new(3), is_new(4)));
  EXPECT_TRUE(evidence.relinking);
}

TEST(Evidence, OfHeadersGoesWithoutSizesWhereTheyVary) {
  const std::vector<Origin> origins{known(1, "1", 1, 10), known(2, "2", 2, 20),
                                    known(3, "3", 3, 30), known(4, "4", 4, 40),
                                    known(5, "5", 4, 40)};
  const Headers headers{{1, header(1)}, {2, header(2)}, {3, header(3)}, {4, header(4)}};
  // Equal headers are left to the bodies.
  EXPECT_THAT(
      evidence_of_headers(listing({{"1", 11}, {"2", 21}, {"3", 31}, {"4", 41}}), origins, headers)
          .named,
      UnorderedElementsAre(is(1, 1), is(2, 2), is(3, 3), is_new(4)));
  // One among many that stayed is looked at more closely.
  EXPECT_THAT(
      evidence_of_headers(listing({{"1", 10}, {"2", 20}, {"3", 31}, {"4", 41}}), origins, headers)
          .named,
      UnorderedElementsAre(is(1, 1), is(2, 2), is_new(3), is_new(4)));
  EXPECT_TRUE(evidence_of_headers(listing({{"1", 10}}), origins, {}).by_bodies);
  EXPECT_FALSE(evidence_of_headers(listing({{"1", 10}}), origins, headers).by_bodies);
}

TEST(Evidence, KnowsWhatIsTooMuchToLose) {  // R7, D20
  struct {
    std::size_t lost;
    std::size_t kept;
    bool expected;
  } const rows[] = {{0, 0, false}, {0, 5, false}, {1, 1, true},  {1, 2, false},
                    {2, 3, false}, {3, 5, true},  {3, 6, false}, {4, 6, true}};
  for (const auto& row : rows)
    EXPECT_EQ(lost_too_much(row.lost, row.kept), row.expected) << row.lost << " of " << row.kept;
}

}  // namespace
}  // namespace postern::engine
