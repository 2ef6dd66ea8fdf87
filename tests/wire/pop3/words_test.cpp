#include "sync/wire/pop3/words.h"

#include <gtest/gtest.h>

namespace postern::wire::pop3 {
namespace {

TEST(Pop3Words, SayWithoutRegardToCase) {
  EXPECT_TRUE(says("Please TRY again later", "try AGAIN"));
  EXPECT_TRUE(says("anything", ""));
  EXPECT_FALSE(says("try", "try again"));
  EXPECT_FALSE(says("", "a"));
}

TEST(Pop3Words, MeanACommandThatTheServerLacks) {
  for (const char* words :
       {"unknown", "Unknown", "Unknown command.", "command APOP not recognized", "Bad Command",
        "Invalid command or argument", "no such cmd", "APOP not implemented", "Not supported."})
    EXPECT_TRUE(means_unknown_command(words)) << words;
  for (const char* words : {"", "no", "unknown user", "bad password", "invalid credentials",
                            "command not possible now", "authentication failed"})
    EXPECT_FALSE(means_unknown_command(words)) << words;
}

}  // namespace
}  // namespace postern::wire::pop3
