#include "proxy/relay/farewell.h"

#include <gtest/gtest.h>

namespace postern::relay {
namespace {

TEST(Farewell, IsAnAnswerOfTheProtocol) {
  EXPECT_EQ(farewell(Protocol::imap, "no"), "* BYE [UNAVAILABLE] no\r\n");
  EXPECT_EQ(farewell(Protocol::pop3, "no"), "-ERR [SYS/TEMP] no\r\n");
  EXPECT_EQ(farewell(Protocol::smtp, "no"), "421 4.4.0 no\r\n");
}

TEST(Farewell, WhateverTheReasonIsItIsOneShortLine) {
  const std::string text =
      farewell(Protocol::smtp, "a\r\n250 b\t\xc3\xa9" + std::string(9999, 'x'));
  EXPECT_TRUE(text.starts_with("421 4.4.0 a??250 b???xxx"));
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  EXPECT_LE(text.size(), 512U);
}

}  // namespace
}  // namespace postern::relay
