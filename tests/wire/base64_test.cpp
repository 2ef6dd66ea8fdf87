#include "sync/wire/base64.h"

#include <gtest/gtest.h>

namespace postern::wire {
namespace {

struct Pair {
  std::string octets;
  std::string text;
};

// RFC 4648 section 10.
const Pair pairs[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {std::string("\0\xff\xfe", 3), "AP/+"},
};

TEST(Base64, ReadsBackWhatItWrites) {
  for (const Pair& pair : pairs) {
    EXPECT_EQ(base64_encode(pair.octets), pair.text);
    EXPECT_EQ(base64_decode(pair.text), pair.octets) << pair.text;
  }
}

TEST(Base64, B9RefusesGarbage) {
  for (const char* text :
       {"Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zm9v\r\n", " Zm9v", "Zm9*", "Zh==", "Zm9=", "Z",
        "\xc3\xa4"
        "aa",
        "-_-_"})
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
}

}  // namespace
}  // namespace postern::wire
