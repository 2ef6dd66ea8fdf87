#include "proxy/relay/guest_memory.h"

#include <chrono>

#include <gtest/gtest.h>

namespace postern::relay {
namespace {

using namespace std::chrono_literals;

const Secret first("first");
const Secret second("second");

TEST(GuestMemory, ThePauseGrows) {
  GuestMemory memory;
  SteadyTime now{};
  EXPECT_EQ(memory.refusal_of(first, now), std::nullopt);
  for (const auto pause : {1min, 2min, 4min, 8min, 16min, 32min, 64min, 64min}) {
    memory.refused(first, "no", now);
    EXPECT_EQ(memory.refusal_of(first, now + pause - 1s), "no") << pause.count();
    now += pause;
    EXPECT_EQ(memory.refusal_of(first, now), std::nullopt) << pause.count();
  }
}

TEST(GuestMemory, AnotherSecretIsTriedAtOnce) {
  GuestMemory memory;
  const SteadyTime now{};
  for (int i = 0; i < 4; ++i) memory.refused(first, "no", now);
  EXPECT_EQ(memory.refusal_of(second, now), std::nullopt);
  memory.refused(second, "no again", now);
  EXPECT_EQ(memory.refusal_of(second, now + 59s), "no again");
  EXPECT_EQ(memory.refusal_of(second, now + 1min), std::nullopt);
}

TEST(GuestMemory, ALoginForgetsTheRefusals) {
  GuestMemory memory;
  const SteadyTime now{};
  memory.refused(first, "no", now);
  memory.accepted();
  EXPECT_EQ(memory.refusal_of(first, now), std::nullopt);
}

}  // namespace
}  // namespace postern::relay
