#include "proxy/access/throttle.h"

#include <gtest/gtest.h>

namespace postern::access {
namespace {

using namespace std::chrono_literals;

TEST(Throttle, what_counts_as_one_host) {  // B4
  struct Row {
    const char* address;
    const char* network;
  };
  const Row rows[] = {
      {"192.0.2.1", "192.0.2.1"},
      {"::ffff:192.0.2.1", "192.0.2.1"},
      {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
      {"2001:db8:1:2::", "2001:db8:1:2::/64"},
      {"::1", "::/64"},
  };
  for (const auto& row : rows) EXPECT_EQ(network_of(row.address), row.network) << row.address;
}

TEST(Throttle, pauses_grow_to_a_limit) {  // B3
  Throttle throttle;
  const SteadyTime now{};
  const std::chrono::seconds expected[] = {2s, 4s, 8s, 16s, 16s};
  for (const auto pause : expected) EXPECT_EQ(throttle.failed("192.0.2.1", now), pause);
  EXPECT_EQ(throttle.failed("192.0.2.2", now), 2s) << "another address starts anew";
}

TEST(Throttle, a_calm_window_forgives) {
  Throttle throttle;
  const SteadyTime now{};
  throttle.failed("192.0.2.1", now);
  throttle.failed("192.0.2.1", now);
  EXPECT_EQ(throttle.failed("192.0.2.1", now + 61s), 2s);
}

TEST(Throttle, many_failures_lock_an_address_out_for_the_window) {  // B4
  Throttle throttle;
  const SteadyTime now{};
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(throttle.admits("2001:db8::1", now));
    throttle.failed("2001:db8::1", now);
  }
  EXPECT_FALSE(throttle.admits("2001:db8::1", now));
  EXPECT_FALSE(throttle.admits("2001:db8::ffff", now)) << "its neighbour in the /64";
  EXPECT_TRUE(throttle.admits("2001:db8:0:1::1", now)) << "the next /64";
  EXPECT_TRUE(throttle.admits("2001:db8::1", now + 60s));
}

TEST(Throttle, the_same_guess_counts_once_in_a_window) {  // B4
  Throttle throttle;
  const SteadyTime now{};
  EXPECT_FALSE(throttle.repeats("192.0.2.1", 7, now));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(throttle.failed("192.0.2.1", now, 7), 2s);
  EXPECT_TRUE(throttle.repeats("192.0.2.1", 7, now));
  EXPECT_FALSE(throttle.repeats("192.0.2.1", 8, now));
  EXPECT_FALSE(throttle.repeats("192.0.2.2", 7, now)) << "another address";
  EXPECT_EQ(throttle.failed("192.0.2.1", now, 8), 4s) << "another guess";
  EXPECT_EQ(throttle.failed("192.0.2.1", now), 8s) << "one that cannot be told from others";
  EXPECT_EQ(throttle.failed("192.0.2.1", now, 7), 8s);
  EXPECT_TRUE(throttle.admits("192.0.2.1", now));
  for (Throttle::Guess guess = 100; guess < 117; ++guess) throttle.failed("192.0.2.1", now, guess);
  EXPECT_FALSE(throttle.admits("192.0.2.1", now)) << "twenty that differ";
  EXPECT_FALSE(throttle.repeats("192.0.2.1", 7, now + 60s));
  EXPECT_EQ(throttle.failed("192.0.2.1", now + 60s, 7), 2s);
}

TEST(Throttle, what_may_be_right_now_is_looked_at_again) {
  Throttle throttle;
  const SteadyTime now{};
  throttle.failed("192.0.2.1", now, 7);
  throttle.forget_guesses();
  EXPECT_FALSE(throttle.repeats("192.0.2.1", 7, now));
  EXPECT_EQ(throttle.failed("192.0.2.1", now, 7), 4s) << "what failed is not forgiven";
}

TEST(Throttle, this_machine_is_never_locked_out) {  // B4
  Throttle throttle;
  const SteadyTime now{};
  for (const char* address : {"127.0.0.1", "::1", "::ffff:127.0.0.1"}) {
    for (int i = 0; i < 200; ++i) throttle.failed(address, now);
    EXPECT_TRUE(throttle.admits(address, now)) << address;
    EXPECT_GT(throttle.failed(address, now), 2s) << "but still slowed down";
  }
}

TEST(Throttle, its_memory_is_bounded_and_the_oldest_goes) {  // B4
  Throttle throttle;
  const SteadyTime now{};
  for (int i = 0; i < 20; ++i) throttle.failed("192.0.2.1", now);
  for (int i = 0; i < 30'000; ++i) {
    throttle.failed("2001:db8:" + std::to_string(i / 9000) + ":" + std::to_string(i % 9000) + "::1",
                    now);
    if (i == 9'000) throttle.failed("192.0.2.1", now);
  }
  EXPECT_EQ(throttle.size(), 10'000U);
  EXPECT_TRUE(throttle.admits("192.0.2.1", now));
}

}  // namespace
}  // namespace postern::access
