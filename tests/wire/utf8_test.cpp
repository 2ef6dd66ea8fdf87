#include "sync/wire/utf8.h"

#include <string>

#include <gtest/gtest.h>

namespace postern::wire {
namespace {

TEST(Utf8, TakesEveryLengthUpToItsBounds) {
  for (const char* text : {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                           "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(valid_utf8(text)) << text;
}

TEST(Utf8, RefusesWhatRfc3629Forbids) {
  for (const char* text :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xe2\x82", "\xc2\x41"})
    EXPECT_FALSE(valid_utf8(text)) << text;
}

}  // namespace
}  // namespace postern::wire
