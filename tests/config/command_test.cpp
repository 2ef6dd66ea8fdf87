#include "config/command.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/config/folder.h"

namespace postern::config {
namespace {

using namespace std::chrono_literals;

std::string problem(const std::string& line, std::chrono::milliseconds within = 10s) {
  const auto result = command_output(line, within);
  return result ? "no problem: " + std::string(result->reveal()) : result.error().what;
}

TEST(Command, GivesTheFirstLine) {
  EXPECT_EQ(command_output("echo secret", 10s)->reveal(), "secret");
  EXPECT_EQ(command_output("printf 'one\\ntwo\\n'", 10s)->reveal(), "one");
  EXPECT_EQ(command_output("printf 'one\\r\\n'", 10s)->reveal(), "one");
  EXPECT_EQ(command_output("printf 'no end'", 10s)->reveal(), "no end");
  EXPECT_EQ(command_output("printf ' spaces  '", 10s)->reveal(), " spaces  ");
  EXPECT_EQ(command_output("true", 10s)->reveal(), "");
}

TEST(Command, FailureIsAProblemEvenWithOutput) {
  EXPECT_EQ(problem("echo secret; exit 3"), "the password command failed with status 3");
  EXPECT_EQ(problem("/no/such/program 2>/dev/null"), "the password command failed with status 127");
  EXPECT_EQ(problem("kill -9 $$"), "the password command was ended by signal 9");
}

TEST(Command, NeverWaitsLongerThanAllowed) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(problem("echo secret; read never </dev/zero; tail -f /dev/null", 200ms),
            "the password command took too long");
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST(Command, LeavesNothingRunning) {
  Folder folder;
  const std::string file = (folder.path() / "child").string();
  EXPECT_EQ(problem("tail -f /dev/null & echo $! >" + file + "; wait", 1s),
            "the password command took too long");
  std::ifstream stream(file);
  int child = 0;
  ASSERT_TRUE(stream >> child);
  // Killed with its group; at most a zombie that waits for its reaper is left.
  const auto runs = [child] {
    std::ifstream stat("/proc/" + std::to_string(child) + "/stat");
    std::string line;
    return std::getline(stat, line) && line.find(") Z ") == std::string::npos;
  };
  const auto patience = std::chrono::steady_clock::now() + 20s;
  while (runs() && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
  EXPECT_FALSE(runs());
}

TEST(Command, OutputIsBounded) {
  EXPECT_EQ(problem("yes"), "the password command printed too much");
  EXPECT_EQ(problem("head -c 100000 /dev/zero"), "the password command printed too much");
}

TEST(Command, SomethingInTheBackgroundDoesNotHoldItUp) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(command_output("echo secret; tail -f /dev/null & exit 0", 10s)->reveal(), "secret");
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST(Command, IsEndedByWhoeverDoesNotWaitAnyMore) {
  const auto start = std::chrono::steady_clock::now();
  std::stop_source stop;
  stop.request_stop();
  const auto result = command_output("tail -f /dev/null", 10s, stop.get_token());
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().what, "the password command was not waited for: the end came");
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST(Command, ReadsNoInput) {
  EXPECT_EQ(command_output("cat; echo end", 10s)->reveal(), "end");
}

}  // namespace
}  // namespace postern::config
