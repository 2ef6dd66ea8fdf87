#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>

#include "proxy/access/store_access.h"

namespace postern::access {
namespace {

using Text = std::unique_ptr<std::string>;

Text text(int number) {
  return std::make_unique<std::string>(std::to_string(number));
}

/// `count` times, the work beginning before `get` and arriving whenever it likes.
asio::awaitable<std::string> told(asio::any_io_executor executor, int count) {
  Ahead<Text> ahead(executor);
  std::string all;
  for (int i = 0; i < count; ++i) {
    std::jthread work([done = ahead.done(), i] { done(text(i)); });
    const Text one = co_await ahead.get();
    all += *one + " ";
  }
  co_return all;
}

TEST(Ahead, IsUsedAgainAndAgain) {
  asio::io_context io;
  auto all = asio::co_spawn(io, told(io.get_executor(), 500), asio::use_future);
  io.run();
  std::string expected;
  for (int i = 0; i < 500; ++i) expected += std::to_string(i) + " ";
  EXPECT_EQ(all.get(), expected);
}

TEST(Ahead, WhatArrivedBeforeIsThereAtOnce) {
  asio::io_context io;
  Ahead<Text> ahead(io.get_executor());
  EXPECT_FALSE(ahead.ready());
  std::jthread([done = ahead.done()] { done(text(7)); }).join();
  EXPECT_TRUE(ahead.ready());
  // Nobody waits, so nobody is woken.
  EXPECT_EQ(io.poll(), 0U);
  io.restart();
  auto seven = asio::co_spawn(io, ahead.get(), asio::use_future);
  io.run();
  EXPECT_EQ(*seven.get(), "7");
  EXPECT_FALSE(ahead.ready());
}

TEST(Ahead, WakesWhoWaits) {
  asio::io_context io;
  Ahead<Text> ahead(io.get_executor());
  auto eight = asio::co_spawn(io, ahead.get(), asio::use_future);
  while (io.poll_one() != 0) {
  }
  EXPECT_FALSE(ahead.ready());
  std::jthread([done = ahead.done()] { done(text(8)); }).join();
  io.run();
  EXPECT_EQ(*eight.get(), "8");
}

}  // namespace
}  // namespace postern::access
