#include "sync/wire/mime/seven_bit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "sync/wire/mime/scanner.h"
#include "sync/wire/mime/text.h"
#include "tests/wire/chunks.h"

namespace postern::wire::mime {
namespace {

Structure structure_of(std::string_view message) {
  Scanner scanner;
  scanner.feed(message);
  return scanner.finish().structure;
}

std::string converted(std::string_view message, const std::vector<std::string_view>& pieces) {
  SevenBitPlan plan(structure_of(message));
  for (const std::string_view piece : pieces) plan.survey(piece);
  SevenBitConverter converter(plan);
  std::string out;
  for (const std::string_view piece : pieces) converter.feed(piece, out);
  converter.finish(out);
  return out;
}

std::string converted(std::string_view message) {
  return converted(message, {message});
}

/// What each part that is not made of others stands for.
std::vector<std::string> contents(std::string_view message) {
  const Structure structure = structure_of(message);
  std::vector<std::string> out;
  for (const Part& part : structure.parts) {
    if (part.kind != PartKind::leaf) continue;
    out.push_back(decode_transfer(message.substr(part.body_begin, part.body_end - part.body_begin),
                                  part.encoding));
  }
  return out;
}

std::size_t longest_line(std::string_view text) {
  std::size_t longest = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\r\n"), text.size());
    longest = std::max(longest, end);
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return longest;
}

bool fits(std::string_view text) {
  if (!std::ranges::all_of(
          text, [](char c) { return c != '\0' && static_cast<unsigned char>(c) < 0x80; }))
    return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) return false;
    if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) return false;
  }
  return true;
}

const std::string every_octet = [] {
  std::string out;
  for (int i = 0; i < 256; ++i) out += static_cast<char>(i);
  return out + out + out;
}();

struct Row {
  const char* name;
  std::string message;
};

std::vector<Row> rows() {
  const std::string eight =
      "Content-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: 8bit\r\n\r\n";
  const std::string binary = "Content-Type: image/x\r\nContent-Transfer-Encoding: binary\r\n\r\n";
  return {
      {"plain", "Subject: x\r\n\r\nnothing to do\r\n"},
      {"text", eight + "Gr\xc3\xb6\xc3\x9f"
                       "e=\r\n.\r\nFrom x\r\n"},
      {"blanks at line ends", eight + "\xc3\xbc \r\n\t\r\n \t \r\nend "},
      {"a long line", eight + std::string(500, '\xfc') + " " + std::string(200, 'x') + "\r\n"},
      {"no last line end", eight + "\xc3\xbc"},
      {"no type", "Subject: x\r\n\r\n\xfc\r\n"},
      {"no header", "\r\n\xfc\r\n"},
      {"a first line that continues nothing", " base64\r\nSubject: x\r\n\r\n\xfc\r\n"},
      {"header alone", "Content-Transfer-Encoding: 8bit\r\n"},
      {"nothing", ""},
      {"binary", binary + every_octet},
      {"binary of whole lines", binary + std::string(57 * 3, '\0')},
      {"a CR at the end", binary + "x\r"},
      {"text with a lone LF", eight + "\xc3\xbc\n.\n"},
      {"a message of two parts",
       "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: binary\r\n\r\n"
       "--b\r\n" +
           eight + "\xc3\xbc \r\n--b\r\n" + binary + every_octet +
           "\r\n--b\r\n\r\nplain\r\n--b--\r\n"},
      {"a message within",
       "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\nSubject: in\r\n" +
           eight + "\xc3\xbc\r\n"},
      {"encoded already", "Content-Transfer-Encoding: base64\r\n\r\nR3LDvMOfZQ==\r\n"},
  };
}

TEST(SevenBit, KeepsWhatIsMeant) {  // RFC 6152 section 3, RFC 2045 section 6
  for (const Row& row : rows()) {
    const std::string out = converted(row.message);
    EXPECT_TRUE(fits(out)) << row.name << ":\n" << out;
    EXPECT_LE(longest_line(out), 78U) << row.name << ":\n" << out;
    EXPECT_EQ(contents(out), contents(row.message)) << row.name << ":\n" << out;
  }
}

TEST(SevenBit, DoesNotDependOnThePieces) {
  for (const Row& row : rows()) {
    const std::string whole = converted(row.message);
    for (const auto& division : test::divisions(row.message))
      ASSERT_EQ(converted(row.message, division), whole) << row.name;
  }
}

TEST(SevenBit, LeavesAloneWhatFits) {
  for (const char* message : {"Subject: x\r\n\r\nplain\r\n", "", "\r\n", "Subject: x",
                              "Content-Transfer-Encoding: base64\r\n\r\nR3LDvMOfZQ==\r\n"})
    EXPECT_EQ(converted(message), message);
}

TEST(SevenBit, NamesTheEncoding) {
  EXPECT_EQ(converted("Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n"
                      "Content-Transfer-Encoding: 8bit\r\nMIME-Version: 1.0\r\n\r\n\xc3\xbc\r\n"),
            "Content-Transfer-Encoding: quoted-printable\r\nSubject: x\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nMIME-Version: 1.0\r\n\r\n=C3=BC\r\n");
}

TEST(SevenBit, NamesACharsetNobodyKnows) {  // RFC 1428 section 4
  EXPECT_EQ(converted("Subject: x\r\n\r\n\xfc\r\n"),
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=unknown-8bit\r\n"
            "Content-Transfer-Encoding: quoted-printable\r\nSubject: x\r\n\r\n=FC\r\n");
}

}  // namespace
}  // namespace postern::wire::mime
