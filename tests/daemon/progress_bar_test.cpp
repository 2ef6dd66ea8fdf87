#include "proxy/daemon/progress_bar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postern::daemon::test {
namespace {

using namespace std::chrono_literals;
using engine::Progress;
using engine::SourceState;
using testing::HasSubstr;

engine::SourceStatus polling(Progress progress) {
  engine::SourceStatus status;
  status.account = "anna";
  status.source = "pop3://anna@pop.example.net:995";
  status.state = SourceState::polling;
  status.progress = progress;
  return status;
}

TEST(ProgressLine, tells_messages_octets_rate_and_time_left) {
  struct Row {
    const char* name;
    Progress progress;
    std::chrono::seconds elapsed;
    std::vector<const char*> parts;
  };
  const Row rows[] = {
      {"before the listing", {}, 1s, {"asking the server"}},
      {"at the start",
       {0, 400, 0, 40'000'000},
       0s,
       {"[--------------------]", "0/400 messages", "0 B/40.0 MB"}},
      {"a quarter",
       {100, 400, 10'000'000, 40'000'000},
       10s,
       {"[#####---------------]", "100/400 messages", "10.0 MB/40.0 MB", "1.0 MB/s", "0:30 left"}},
      {"long", {1, 400, 10'000, 40'000'000}, 2s, {"2:13:18 left"}},
      {"all",
       {400, 400, 40'000'000, 40'000'000},
       40s,
       {"[####################]", "400/400", "0:00 left"}},
      {"more than announced", {400, 400, 50'000'000, 40'000'000}, 40s, {"[####################]"}},
      {"sizes unknown", {200, 400, 5'000, 0}, 1s, {"[##########----------]", "200/400"}},
  };
  for (const auto& row : rows) {
    const auto line = progress_line(polling(row.progress), row.elapsed, 120);
    for (const char* part : row.parts) EXPECT_THAT(line, HasSubstr(part)) << row.name;
  }
}

TEST(ProgressLine, never_wraps) {
  for (std::size_t width = 0; width < 100; ++width) {
    const auto line = progress_line(polling({100, 400, 10'000'000, 40'000'000}), 10s, width);
    EXPECT_LT(line.size(), std::max<std::size_t>(width, 1));
  }
}

TEST(OutcomeLine, counts_what_this_poll_did) {
  auto before = polling({});
  before.fetched = 300;
  before.deleted = 2;
  auto after = before;
  after.state = SourceState::idle;
  after.fetched = 305;
  after.deleted = 3;
  after.listed = 304;
  EXPECT_EQ(outcome_line(before, after),
            "anna pop3://anna@pop.example.net:995: 5 new, 304 on the server, 1 deleted there");
  after.state = SourceState::wrong_password;
  after.detail = "the server refused the password";
  EXPECT_THAT(outcome_line(before, after), HasSubstr("failed: the server refused the password"));
}

TEST(OutcomeLine, says_why_nothing_was_polled) {
  auto after = polling({});
  after.state = SourceState::idle;
  after.least.gap = 15min;
  after.postponed_until = wall_now() + 10min;
  EXPECT_THAT(outcome_line(after, after), HasSubstr("the provider wants 15 minutes between"));
}

TEST(Octets, are_counted_as_disks_are) {
  struct Row {
    std::uint64_t octets;
    const char* text;
  };
  const Row rows[] = {
      {0, "0 B"},          {999, "999 B"},          {1000, "1.0 kB"},         {999'949, "999.9 kB"},
      {999'950, "1.0 MB"}, {40'123'456, "40.1 MB"}, {5'000'000'000, "5.0 GB"}};
  for (const auto& row : rows) EXPECT_EQ(octets_text(row.octets), row.text);
}

TEST(Style, stays_away_from_what_is_no_terminal) {
  EXPECT_EQ(styled(Output::plain, Style::bad, "text"), "text");
}

}  // namespace
}  // namespace postern::daemon::test
