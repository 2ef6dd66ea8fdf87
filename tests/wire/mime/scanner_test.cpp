#include "sync/wire/mime/scanner.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/wire/mime/scan.h"

namespace postern::wire::mime {
namespace {

using test::crlf;
using test::described;
using test::scan;

struct Row {
  const char* name;
  std::string input;
  std::string expected;
};

std::string no_addresses(const std::string& date, const std::string& subject,
                         const std::string& in_reply_to, const std::string& message_id) {
  return "(" + date + " " + subject + " NIL NIL NIL NIL NIL NIL " + in_reply_to + " " + message_id +
         ")";
}

/// RFC 9051 section 7.5.2.
TEST(Scanner, Envelope) {
  const std::string a = R"(((NIL NIL "a" "b")))";
  const std::string c = R"(((NIL NIL "c" "d")))";
  const std::vector<Row> rows = {
      {"nothing", "\n", no_addresses("NIL", "NIL", "NIL", "NIL")},
      {"all fields",
       "Date: today\nSubject: s\nFrom: a@b\nSender: c@d\nReply-To: a@b\nTo: c@d\nCc: a@b\nBcc: "
       "c@d\nIn-Reply-To: <i>\nMessage-ID: <m>\n\n",
       "(\"today\" \"s\" " + a + " " + c + " " + a + " " + c + " " + a + " " + c +
           " \"<i>\" \"<m>\")"},
      {"sender and reply-to are From's", "From: a@b\nSender:\nReply-To: ()\n\n",
       "(NIL NIL " + a + " " + a + " " + a + " NIL NIL NIL NIL NIL)"},
      {"names in any case", "FROM: a@b\nfrom: c@d\nsUBJECT: x\n\n",
       "(NIL \"x\" ((NIL NIL \"a\" \"b\")(NIL NIL \"c\" \"d\")) ((NIL NIL \"a\" \"b\")(NIL NIL "
       "\"c\" \"d\")) ((NIL NIL \"a\" \"b\")(NIL NIL \"c\" \"d\")) NIL NIL NIL NIL NIL)"},
      {"the last of a repeated field", "Subject: one\nSubject: two\n\n",
       no_addresses("NIL", "\"two\"", "NIL", "NIL")},
      {"empty values", "Subject:\nDate:\nMessage-ID: \n\n",
       no_addresses("\"\"", "\"\"", "NIL", "\"\"")},
      {"folded subject", "Subject: one\n two\n\n",
       no_addresses("NIL", "{7}\r\none two", "NIL", "NIL")},
      {"spaces in the subject", "Subject: a  b\n\n",
       no_addresses("NIL", "{3}\r\na b", "NIL", "NIL")},
      {"quote in the subject", "Subject: a\"b\n\n",
       no_addresses("NIL", "{3}\r\na\"b", "NIL", "NIL")},
      {"folded id", "In-Reply-To: <a>\n\t<b>\n\n",
       no_addresses("NIL", "NIL", "\"<a>\t<b>\"", "NIL")},
      {"quote in the id", "Message-ID: <\"\\>\n\n",
       no_addresses("NIL", "NIL", "NIL", R"("<\"\\>")")},
      {"octets above 0x7f", "Subject: caf\xe9\nDate: \xe9\n\n",
       no_addresses("{1}\r\n\xe9", "{4}\r\ncaf\xe9", "NIL", "NIL")},
      {"NUL", std::string("Subject: a\0b\n\n", 14),
       no_addresses("NIL",
                    "{5}\r\na\xef\xbf\xbd"
                    "b",
                    "NIL", "NIL")},
      {"space before the colon", "Subject : x\n\n", no_addresses("NIL", "\"x\"", "NIL", "NIL")},
      {"lines that are no field", "x\n y\n z: a\n: b\nSubject: x\n\n",
       no_addresses("NIL", "\"x\"", "NIL", "NIL")},
      {"encoded words stay", "Subject: =?utf-8?Q?a?=\n\n",
       no_addresses("NIL", "\"=?utf-8?Q?a?=\"", "NIL", "NIL")},
      {"behind the empty line is no header", "\nSubject: x\n",
       no_addresses("NIL", "NIL", "NIL", "NIL")},
  };
  for (const Row& row : rows) EXPECT_EQ(scan(crlf(row.input)).envelope, row.expected) << row.name;
}

/// RFC 9051 section 7.5.2 and RFC 2045 section 5.2.
TEST(Scanner, BodyStructureOfOnePart) {
  const std::string plain = R"("text" "plain" ("charset" "us-ascii") NIL NIL)";
  const std::vector<Row> rows = {
      {"no MIME", "A: b\n\none\ntwo\n", "(" + plain + R"( "7bit" 10 2 NIL NIL NIL NIL))"},
      {"no last line end", "A: b\n\none\ntwo", "(" + plain + R"( "7bit" 8 1 NIL NIL NIL NIL))"},
      {"no MIME, so no Content fields", "Content-ID: <i>\n\n",
       "(" + plain + R"( "7bit" 0 0 NIL NIL NIL NIL))"},
      {"MIME-Version", "MIME-Version: 1.0\nContent-ID: <i>\n\n",
       R"(("text" "plain" ("charset" "us-ascii") "<i>" NIL "7bit" 0 0 NIL NIL NIL NIL))"},
      {"all fields",
       "Content-Type: IMAGE/PNG; name=x\nContent-Transfer-Encoding: BASE64\nContent-ID: <i>\n"
       "Content-Description: d\nContent-MD5: m\nContent-Disposition: inline; filename=y\n"
       "Content-Language: de, en\nContent-Location: l\n\nxyz",
       R"(("IMAGE" "PNG" ("name" "x") "<i>" "d" "BASE64" 3 "m" ("inline" ("filename" "y")) )"
       R"(("de" "en") "l"))"},
      {"no charset", "Content-Type: text/html\n\n",
       R"(("text" "html" ("charset" "us-ascii") NIL NIL "7bit" 0 0 NIL NIL NIL NIL))"},
      {"the first type counts", "Content-Type: text/html; charset=x\nContent-Type: a/b\n\n",
       R"(("text" "html" ("charset" "x") NIL NIL "7bit" 0 0 NIL NIL NIL NIL))"},
      {"broken type", "Content-Type: text/plain charset=x\n\nx",
       R"(("" "" NIL NIL NIL "7bit" 1 NIL NIL NIL NIL))"},
      {"broken encoding", "Content-Type: a/b\nContent-Transfer-Encoding: 7 bit\n\n",
       R"(("a" "b" NIL NIL NIL "7bit" 0 NIL NIL NIL NIL))"},
      {"disposition without type", "Content-Type: a/b\nContent-Disposition: ; filename=x\n\n",
       R"(("a" "b" NIL NIL NIL "7bit" 0 NIL ("" ("filename" "x")) NIL NIL))"},
      {"message/rfc822", "Content-Type: MESSAGE/RFC822\n\nSubject: s\n\nx\n",
       R"(("message" "rfc822" NIL NIL NIL "7bit" 17 (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL) )"
       R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 3 1 NIL NIL NIL NIL) 3 )"
       R"(NIL NIL NIL NIL))"},
      {"message/global",
       "Content-Type: Message/Global\nContent-Transfer-Encoding: 8bit\n\nSubject: s\n\nx\n",
       R"(("message" "global" NIL NIL NIL "8bit" 17 (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL) )"
       R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 3 1 NIL NIL NIL NIL) 3 )"
       R"(NIL NIL NIL NIL))"},
      {"message/global, encoded",
       "Content-Type: message/global\nContent-Transfer-Encoding: base64\n\neA==\n",
       R"(("message" "global" NIL NIL NIL "base64" 6 NIL NIL NIL NIL))"},
      {"message/partial is no message", "Content-Type: message/partial\n\nx",
       R"(("message" "partial" NIL NIL NIL "7bit" 1 NIL NIL NIL NIL))"},
      {"multipart without boundary", "Content-Type: multipart/mixed\n\nx",
       "((" + plain + R"( "7bit" 0 0 NIL NIL NIL NIL) "mixed" NIL NIL NIL NIL))"},
      {"multipart without parts", "Content-Type: multipart/mixed; boundary=b\n\n--b--\n",
       "((" + plain + R"( "7bit" 0 0 NIL NIL NIL NIL) "mixed" ("boundary" "b") NIL NIL NIL))"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(scan(crlf(row.input)).body_structure, row.expected) << row.name;
  }
}

/// RFC 2046 section 5.1: sizes and line counts show where each part ends.
TEST(Scanner, BodyOfMultiparts) {
  const auto part = [](const std::string& counts) {
    return R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" )" + counts + ")";
  };
  const std::string head = "Content-Type: multipart/mixed; boundary=b\n\n";
  const std::vector<Row> rows = {
      {"two", head + "pre\n--b\n\none\n--b\n\ntwo\n\n--b--\npost\n",
       "(" + part("3 0") + part("5 1") + " \"mixed\")"},
      {"never closed", head + "--b\n\none\n--b\n\ntwo\n",
       "(" + part("3 0") + part("5 1") + " \"mixed\")"},
      {"space behind the delimiter", head + "--b \n\none\n--b-- \n",
       "(" + part("3 0") + " \"mixed\")"},
      {"the delimiter's line may go on", head + "--bcd\n\none\n--b\n\ntwo\n--b--x\n",
       "(" + part("3 0") + part("3 0") + " \"mixed\")"},
      {"delimiters begin a line", head + "--b\n\none --b\n --b\n--b--\n",
       "(" + part("13 1") + " \"mixed\")"},
      {"nothing after the close", head + "--b\n\none\n--b--\n--b\n\ntwo\n",
       "(" + part("3 0") + " \"mixed\")"},
      {"a delimiter at the very end opens nothing", head + "--b\n\none\n--b",
       "(" + part("3 0") + " \"mixed\")"},
      {"a header that a delimiter ends", head + "--b\nA: b\n--b\n\ntwo\n--b--\n",
       "(" + part("0 0") + part("3 0") + " \"mixed\")"},
      {"inner left open, section 5.1.2",
       head + "--b\nContent-Type: multipart/x; boundary=c\n\n--c\n\none\n--b\n\ntwo\n--b--\n",
       "((" + part("3 0") + " \"x\")" + part("3 0") + " \"mixed\")"},
      {"inner with the longer boundary",
       head +
           "--b\nContent-Type: multipart/x; boundary=bb\n\n--bb\n\none\n--bbb\n\ntwo\n--bb--\n--b"
           "--\n",
       "((" + part("3 0") + part("3 0") + " \"x\") \"mixed\")"},
      {"inner with the same boundary",
       head + "--b\nContent-Type: multipart/x; boundary=b\n\n--b\n\none\n--b--\n--b\n\ntwo\n",
       "((" + part("3 0") + " \"x\")" + part("5 1") + " \"mixed\")"},
      {"digest, section 5.1.5",
       "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: s\n\nx\n--b--\n",
       R"((("message" "rfc822" NIL NIL NIL "7bit" 15 (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL) )" +
           part("1 0") + " 2) \"digest\")"},
  };
  for (const Row& row : rows) EXPECT_EQ(scan(crlf(row.input)).body, row.expected) << row.name;
}

/// The result is the same whatever the pieces.
TEST(Scanner, PiecesDoNotMatter) {
  for (const auto& [name, octets] : test::samples()) {
    const std::string whole = described(scan(octets));
    for (const std::size_t piece : {1U, 2U, 3U, 7U}) {
      EXPECT_EQ(described(scan(octets, piece)), whole) << name << " in pieces of " << piece;
    }
    for (std::size_t cut = 1; cut < octets.size(); ++cut) {
      Scanner scanner;
      scanner.feed(std::string_view(octets).substr(0, cut));
      scanner.feed({});
      scanner.feed(std::string_view(octets).substr(cut));
      EXPECT_EQ(described(scanner.finish()), whole) << name << " cut at " << cut;
    }
  }
}

/// K5: what is in a part lies within it.
TEST(Scanner, PartsNest) {
  for (const auto& [name, octets] : test::samples()) {
    const Scanned scanned = scan(octets);
    EXPECT_EQ(scanned.octets, octets.size()) << name;
    const auto& parts = scanned.structure.parts;
    EXPECT_EQ(parts.front().header_begin, 0U) << name;
    EXPECT_EQ(parts.front().body_end, octets.size()) << name;
    for (const Part& part : parts) {
      EXPECT_LE(part.header_begin, part.body_begin) << name;
      EXPECT_LE(part.body_begin, part.body_end) << name;
      std::uint64_t last_end = part.body_begin;
      for (const std::uint32_t child : part.children) {
        EXPECT_GE(parts[child].header_begin, last_end) << name;
        EXPECT_LE(parts[child].body_end, part.body_end) << name;
        last_end = parts[child].body_end;
      }
    }
  }
}

TEST(Scanner, NamesWhatSearchNeeds) {
  const Scanned scanned = scan(crlf(
      "Content-Type: text/plain; CHARSET=Iso-8859-1\nContent-Transfer-Encoding: Base64\n\nYQ==\n"));
  const Part& part = scanned.structure.parts.front();
  EXPECT_EQ(part.type, "text");
  EXPECT_EQ(part.subtype, "plain");
  EXPECT_EQ(part.charset, "Iso-8859-1");
  EXPECT_EQ(part.encoding, "base64");
  EXPECT_EQ(part.body_lines, 1U);
}

}  // namespace
}  // namespace postern::wire::mime
