#include "proxy/daemon/page/arrivals.h"

#include <numeric>

#include "tests/net/loop.h"
#include "tests/store/store_fixture.h"

namespace postern::daemon::page {
namespace {

using namespace std::chrono_literals;

/// Noon of a day in UTC.
const WallTime noon(std::chrono::days(20'000) + 12h);

class ArrivalsTest : public store::StoreTest {
 protected:
  void arrives(const std::string& mailbox, WallTime when) {
    write(*account, [&](store::Transaction& transaction) {
      store::NewBody arrived = body(store::message("day"));
      return transaction.append(id(mailbox), arrived, {},
                                {.seconds = when.time_since_epoch().count(), .zone_minutes = 0});
    });
  }
  [[nodiscard]] Days counted(const std::string& name, WallTime today,
                             std::chrono::seconds zone = 0s) const {
    Days days{};
    count_days(*mailbox(name)->latest(), today, zone, days);
    return days;
  }
  asio::awaitable<void> count_all(Days& days) {
    const auto outcome = co_await arrivals(account, noon);
    EXPECT_TRUE(outcome.has_value());
    if (outcome) days = *outcome;
  }

  net::test::Loop loop;
};

TEST_F(ArrivalsTest, CountByDaysTheLatestLast) {
  arrives("INBOX", noon);
  arrives("INBOX", noon - 1h);
  arrives("INBOX", noon - 24h);
  arrives("INBOX", noon - 29 * 24h);
  arrives("INBOX", noon - 30 * 24h);
  arrives("INBOX", noon + 24h);
  const Days days = counted("INBOX", noon);
  EXPECT_EQ(days[29], 2U);
  EXPECT_EQ(days[28], 1U);
  EXPECT_EQ(days[0], 1U);
  EXPECT_EQ(std::accumulate(days.begin(), days.end(), 0U), 4U) << "too old, or of tomorrow";
}

TEST_F(ArrivalsTest, BeginDaysAtMidnightOfTheZone) {
  arrives("INBOX", noon - 12h);
  arrives("INBOX", noon - 12h - 1s);
  EXPECT_EQ(counted("INBOX", noon)[29], 1U);
  EXPECT_EQ(counted("INBOX", noon, 1h)[29], 2U) << "it was past midnight there";
  EXPECT_EQ(counted("INBOX", noon, -1h)[29], 0U);
}

TEST_F(ArrivalsTest, KnowTimesBefore1970) {
  const WallTime long_ago(-90min);
  arrives("INBOX", long_ago);
  EXPECT_EQ(counted("INBOX", long_ago)[29], 1U);
  EXPECT_EQ(counted("INBOX", WallTime(1h))[28], 1U);
}

TEST_F(ArrivalsTest, LeaveOutWhatDidNotArrive) {
  for (const char* name : {"INBOX", "Archive", "Sent", "Drafts", "Trash", "Junk"})
    arrives(name, noon - 48h);
  Days days{};
  loop.run(count_all(days));
  EXPECT_EQ(std::accumulate(days.begin(), days.end(), 0U), 2U);
}

}  // namespace
}  // namespace postern::daemon::page
