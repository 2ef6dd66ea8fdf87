#include "sync/wire/mime/transfer_encoding.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "sync/wire/mime/text.h"

namespace postern::wire::mime {
namespace {

using enum TransferEncoding;

std::string decoded(TransferEncoding encoding, const std::vector<std::string_view>& pieces) {
  TransferDecoder decoder(encoding);
  std::string out;
  for (const std::string_view piece : pieces) decoder.feed(piece, out);
  decoder.finish(out);
  EXPECT_EQ(decoder.decoded(), out.size());
  return out;
}

/// RFC 2045 section 6 and RFC 3516 section 4.3.
TEST(TransferEncoding, Names) {
  for (const char* name : {"", "7bit", "8BIT", "Binary"})
    EXPECT_EQ(transfer_encoding(name), identity);
  EXPECT_EQ(transfer_encoding("BASE64"), base64);
  EXPECT_EQ(transfer_encoding("Quoted-Printable"), quoted_printable);
  for (const char* name : {"x-uuencode", "base64 ", "8-bit", "base"}) {
    EXPECT_EQ(transfer_encoding(name), std::nullopt) << name;
  }
}

/// Every row whole, octet by octet, and split at every place.
TEST(TransferDecoder, DoesNotDependOnThePieces) {
  struct Row {
    TransferEncoding encoding;
    std::string input;
    std::string expected;
  };
  const std::vector<Row> rows = {
      {identity, std::string("a=3D\0 \r\n", 8), std::string("a=3D\0 \r\n", 8)},
      {base64, "YWJj\r\nZGVm", "abcdef"},
      {base64, "YQ==YWI=", "aab"},
      {base64, "YWI", "ab"},
      {base64, "Y!W J", "ab"},
      {base64, "AAECAw==", std::string("\0\1\2\3", 4)},
      {quoted_printable, "a=3Db=\r\nc=\nd \t\r\ne =  \r\nf", "a=bcd\r\ne f"},
      {quoted_printable, "a \t\n b \t c ", "a\n b \t c"},
      {quoted_printable, "a \r", "a \r"},
      {quoted_printable, "a \rb \r\n", "a \rb\r\n"},
      {quoted_printable, "a \r\r\n", "a \r\r\n"},
      {quoted_printable, "=4", "=4"},
      {quoted_printable, "=4 =4x=xy==3D=", "=4 =4x=xy=="},
      {quoted_printable, "= x", "= x"},
      {quoted_printable, "= \rx", "= \rx"},
      {quoted_printable, "= \r", "= \r"},
      {quoted_printable, "= \r\r\n", "= \r\r\n"},
      {quoted_printable, "= \t", ""},
      {quoted_printable, "a= =3D\n", "a= =\n"},
      {quoted_printable, "=\r=\n", "=\r"},
      {quoted_printable, "=c3=A9=0d=0A", "é\r\n"},
  };
  for (const auto& [encoding, input, expected] : rows) {
    EXPECT_EQ(decoded(encoding, {input}), expected) << input;
    std::vector<std::string_view> octets;
    for (std::size_t i = 0; i < input.size(); ++i) {
      octets.push_back(std::string_view(input).substr(i, 1));
      EXPECT_EQ(decoded(encoding,
                        {std::string_view(input).substr(0, i), std::string_view(input).substr(i)}),
                expected)
          << input << " at " << i;
    }
    EXPECT_EQ(decoded(encoding, octets), expected) << input;
  }
}

TEST(TransferDecoder, HoldsBackLittle) {
  const std::string spaces(1'000'000, ' ');
  for (const char* begin : {"a", "a="}) {
    TransferDecoder decoder(quoted_printable);
    std::string out;
    decoder.feed(begin + spaces, out);
    EXPECT_GT(out.size(), spaces.size() - 2000) << begin;
  }
}

TEST(DecodeTransfer, WhatNobodyKnowsStays) {
  EXPECT_EQ(decode_transfer("a=3D", "x-unknown"), "a=3D");
  EXPECT_EQ(decode_transfer("YQ==", "Base64"), "a");
}

}  // namespace
}  // namespace postern::wire::mime
