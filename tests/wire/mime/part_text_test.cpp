#include "sync/wire/mime/part_text.h"

#include <gmock/gmock.h>

#include <string>

namespace postern::wire::mime {
namespace {

TEST(TextFlow, OfAHeader) {
  const auto flow = [](const char* type) {
    return text_flow("Content-Type: text/plain" + std::string(type) + "\r\n\r\n");
  };
  EXPECT_EQ(flow(""), Flow::fixed);
  EXPECT_EQ(flow("; format=flowed"), Flow::flowed);
  EXPECT_EQ(flow("; Format=\"FLOWED\"; charset=utf-8; DelSp=Yes"), Flow::flowed_delsp);
  EXPECT_EQ(flow("; format=flowed; delsp=no"), Flow::flowed);
  EXPECT_EQ(flow("; delsp=yes"), Flow::fixed);
  EXPECT_EQ(text_flow(""), Flow::fixed);
}

Part part(const char* type, const char* subtype, const char* charset, const char* encoding) {
  Part out;
  out.type = type;
  out.subtype = subtype;
  out.charset = charset;
  out.encoding = encoding;
  return out;
}

TEST(PartText, Rows) {
  EXPECT_EQ(part_text("caf=E9 \r\nau lait", part("text", "plain", "iso-8859-1", "quoted-printable"),
                      Flow::flowed),
            "café\nau lait\n");
  EXPECT_EQ(part_text("Y2Fm6Q==", part("TEXT", "Plain", "iso-8859-1", "base64"), Flow::fixed),
            "café\n");
  EXPECT_EQ(part_text("<p>caf=C3=A9</p>", part("text", "html", "utf-8", "quoted-printable"),
                      Flow::flowed),
            "café\n");
  EXPECT_EQ(part_text("<meta charset=koi8-r><p>\xf0\xd2\xc9", part("text", "html", "", "8bit"),
                      Flow::fixed),
            "При\n");
  EXPECT_EQ(part_text("a \r\nb", part("text", "x-log", "", ""), Flow::flowed), "a \nb\n");
  EXPECT_EQ(part_text("a \r\nb", part("", "", "", ""), Flow::flowed), "a b\n");
  EXPECT_EQ(part_text("caf\xc3\xa9 caf\xc3", part("text", "plain", "", "8bit"), Flow::fixed),
            "café caf\n");
}

TEST(TextKind, Rows) {
  EXPECT_EQ(text_kind(part("text", "PLAIN", "", "")), TextKind::plain);
  EXPECT_EQ(text_kind(part("", "", "", "")), TextKind::plain);
  EXPECT_EQ(text_kind(part("Text", "html", "", "")), TextKind::html);
  EXPECT_EQ(text_kind(part("text", "calendar", "", "")), TextKind::other);
  EXPECT_EQ(text_kind(part("image", "png", "", "")), TextKind::none);
  Part multipart = part("text", "plain", "", "");
  multipart.kind = PartKind::multipart;
  EXPECT_EQ(text_kind(multipart), TextKind::none);
}

}  // namespace
}  // namespace postern::wire::mime
