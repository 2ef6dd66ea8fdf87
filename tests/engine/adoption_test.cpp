#include "sync/engine/adoption.h"

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

HeaderHash header(std::uint8_t of) {
  HeaderHash hash{};
  hash[0] = of;
  return hash;
}
store::BodyHash body(std::uint8_t of) {
  store::BodyHash hash{};
  hash[0] = of;
  return hash;
}

/// Message i has the id `prefix`i and the header i.
FormerSource former(const std::string& prefix, std::uint8_t first, std::uint8_t last) {
  FormerSource source{prefix, {}};
  for (std::uint8_t i = first; i <= last; ++i)
    source.origins.push_back(
        {.id = OriginId(i), .uidl = prefix + std::to_string(i), .header_hash = header(i)});
  return source;
}

wire::pop3::Listing listing(const std::string& prefix, std::uint32_t count) {
  const auto texts = std::make_shared<Texts>();
  wire::pop3::Listing listing;
  for (std::uint32_t i = 1; i <= count; ++i)
    listing.messages.push_back(
        {.number = i, .octets = 100, .uidl = texts->keep(prefix + std::to_string(i))});
  listing.texts = texts;
  return listing;
}

TEST(Adoption, LooksAtAFewMessagesFromAllOver) {
  struct {
    const char* name;
    std::uint32_t listed;
    std::vector<FormerSource> formers;
    std::vector<std::uint32_t> expected;
  } const rows[] = {
      {"nobody was here before", 100, {}, {}},
      {"nothing came from there", 100, {{"a", {}}}, {}},
      {"other ids", 15, {former("a", 1, 9)}, {1, 3, 5, 7, 9, 11, 13, 15}},
      {"few messages", 3, {former("a", 1, 9)}, {1, 2, 3}},
      {"one message", 1, {former("a", 1, 9)}, {1}},
      {"some known ids", 100, {former("x", 40, 43)}, {1, 34, 40, 41, 42, 43, 67, 100}},
      {"an empty listing", 0, {former("x", 40, 43)}, {}},
  };
  for (const auto& row : rows)
    EXPECT_EQ(adoption_samples(listing("x", row.listed), row.formers), row.expected) << row.name;
}

TEST(Adoption, NeedsAMessageThatIsKnownByItsContent) {  // R7
  const Headers none;
  struct {
    const char* name;
    std::string ids;
    std::vector<FormerSource> formers;
    Headers headers;
    std::optional<std::size_t> expected;
  } const rows[] = {
      {"no headers", "x", {former("x", 1, 9)}, none, std::nullopt},
      {"the same ids, and the same message", "x", {former("x", 1, 9)}, {{3, header(3)}}, 0},
      {"the same ids, and another message",
       "x",
       {former("x", 1, 9)},
       {{3, header(4)}},
       std::nullopt},
      {"one of each", "x", {former("x", 1, 9)}, {{2, header(2)}, {3, header(77)}}, std::nullopt},
      {"other ids, and a known message", "y", {former("x", 1, 9)}, {{3, header(7)}}, 0},
      {"other ids, no known message", "y", {former("x", 1, 9)}, {{3, header(77)}}, std::nullopt},
      {"some messages are new",
       "y",
       {former("x", 1, 9)},
       {{3, header(3)}, {4, header(4)}, {8, header(76)}, {9, header(77)}, {10, header(78)}},
       0},
      {"a message that was sent to both",
       "y",
       {former("x", 1, 9)},
       {{3, header(3)}, {10, header(77)}},
       std::nullopt},
      {"the one of which more is known",
       "z",
       {former("x", 1, 3), former("y", 2, 9)},
       {{1, header(1)}, {2, header(2)}, {3, header(9)}, {4, header(8)}},
       1},
  };
  for (const auto& row : rows)
    EXPECT_EQ(adopted(listing(row.ids, 10), row.formers, row.headers), row.expected) << row.name;
}

TEST(Adoption, NumbersAreNoIdsToBeContradicted) {  // D7
  const std::vector<FormerSource> formers{former("", 1, 9)};
  // Message 1 was deleted there: what is number 1 now was number 2.
  EXPECT_EQ(adopted(listing("", 8), formers, Headers{{1, header(2)}, {2, header(3)}}), 0U);
}

TEST(Adoption, WhatIsGoneMayHaveComeBack) {
  std::vector<FormerSource> formers{former("x", 1, 3)};
  for (Origin& origin : formers[0].origins) origin.state = OriginState::gone;
  EXPECT_EQ(adopted(listing("y", 3), formers, Headers{{1, header(3)}}), 0U);
  EXPECT_EQ(adopted(listing("x", 3), formers, Headers{{1, header(3)}}), 0U);
}

TEST(Adoption, ByBodiesWhereHeadersAreNotShown) {  // D2
  std::vector<FormerSource> formers{former("x", 1, 3), former("y", 1, 2)};
  const std::vector<std::vector<store::BodyHash>> recorded{{body(1), body(2), body(3)},
                                                           {body(8), body(9)}};
  EXPECT_EQ(adopted(listing("z", 5), formers, Bodies{{1, body(2)}}, recorded), 0U);
  EXPECT_EQ(adopted(listing("z", 5), formers, Bodies{{1, body(9)}}, recorded), 1U);
  EXPECT_EQ(adopted(listing("z", 5), formers, Bodies{{1, body(7)}}, recorded), std::nullopt);
  EXPECT_EQ(adopted(listing("x", 5), formers, Bodies{{1, body(2)}}, recorded), std::nullopt);
  // The recorded body of a placeholder is not the message's.
  formers[0].origins[0].state = OriginState::skipped;
  EXPECT_EQ(
      adopted(listing("x", 5), formers, Bodies{{1, body(7)}, {2, body(2)}, {3, body(3)}}, recorded),
      0U);
}

}  // namespace
}  // namespace postern::engine
