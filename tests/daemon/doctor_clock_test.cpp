#include "proxy/daemon/doctor/clock.h"

#include <gtest/gtest.h>

namespace postern::daemon::doctor {
namespace {

using namespace std::chrono_literals;

const WallTime now{std::chrono::seconds(1'700'000'000)};

TEST(GreetingTime, is_taken_from_the_timestamp_of_apop) {
  struct Row {
    const char* greeting;
    std::optional<WallTime> expected;
  };
  for (const Row& row : {
           Row{"POP3 ready <1896.1700000000@pop.example.net>", now},
           Row{"<a.b.1700000000@x>", now},
           Row{"<1896.697170952@dbc.mtview.ca.us>", std::nullopt},  // nine digits: 1992
           Row{"<1896.17000000001@x>", std::nullopt},
           Row{"<abc@x>", std::nullopt},
           Row{"Dovecot ready.", std::nullopt},
           Row{"mail 1.1700000000@x", std::nullopt},
           Row{"", std::nullopt},
       }) {
    EXPECT_EQ(greeting_time(row.greeting), row.expected) << row.greeting;
  }
}

TEST(JudgeClock, finds_a_clock_that_is_wrong) {  // J11
  struct Row {
    const char* name;
    ClockFacts facts;
    Outcome expected;
  };
  for (const Row& row : {
           Row{"nothing known", {now, {}, {}, {}, {}}, Outcome::good},
           Row{"all agree", {now, now - 3s, now - 48h, now + 48h, now - 1h}, Outcome::good},
           Row{"a file from the future", {now, {}, {}, {}, now + 1h}, Outcome::bad},
           Row{"before the certificate", {now, {}, now + 1h, now + 48h, {}}, Outcome::bad},
           Row{"behind the certificate", {now, {}, now - 48h, now - 1h, {}}, Outcome::bad},
           Row{"ahead of the server", {now, now - 2h, {}, {}, {}}, Outcome::odd},
           Row{"a number that is no time", {now, now - 24h * 10000, {}, {}, {}}, Outcome::good},
       }) {
    EXPECT_EQ(judge_clock(row.facts).outcome, row.expected) << row.name;
  }
}

}  // namespace
}  // namespace postern::daemon::doctor
