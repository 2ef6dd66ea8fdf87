#include "sync/wire/mime/searched_texts.h"

#include <gmock/gmock.h>

#include <string>

#include "sync/wire/mime/text.h"
#include "tests/wire/mime/scan.h"

namespace postern::wire::mime {
namespace {

using testing::ElementsAre;

/// What a search looks at behind the header of a message that is written with LF.
std::vector<std::string> texts(const std::string& message) {
  const std::string octets = test::crlf(message);
  std::vector<std::string> result;
  for (const SearchedText& text : searched_texts(test::scan(octets).structure))
    result.push_back(text.decode(octets.substr(text.begin, text.octets())));
  return result;
}

/// RFC 9051 section 6.4.4 and docs/compatibility.md.
TEST(SearchedTexts, AreWhatAReaderSees) {
  struct Row {
    const char* name;
    const char* head;
    const char* body;
    const char* expected;
  };
  const Row rows[] = {
      {"plain", "text/plain", "one\ntwo", "one\ntwo\n"},
      {"no type", "", "one", "one\n"},
      {"quoted-printable",
       "text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable",
       "caf=E9 s=\noft", "café soft\n"},
      {"base64", "text/plain; charset=utf-8\nContent-Transfer-Encoding: base64",
       "SMO8aG5l\ncnN1cHBl", "Hühnersuppe\n"},
      {"flowed, RFC 3676", "text/plain; format=flowed", "one \ntwo\nthree\n", "one two\nthree\n"},
      {"flowed without its spaces", "text/plain; format=flowed; delsp=yes", "zebra \nfish\n",
       "zebrafish\n"},
      {"HTML: a word in pieces", "text/html", "<p><b>W</b>ord</p>", "Word\n"},
      {"HTML: references", "text/html", "<p>f&uuml;r &lt;uns&gt;&#33;</p>", "für <uns>!\n"},
      {"HTML: what nobody sees", "text/html",
       "<title>t</title><style>s{}</style><!-- c --><script>x()</script><p title=a>b</p>", "b\n"},
      {"HTML: coded", "text/html; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable",
       "<p cl=\nass=3D\"x\">caf=E9</p>", "café\n"},
      {"HTML: its own charset", "text/html", "<meta charset=koi8-r><p>\xf0\xd2\xc9</p>", "При\n"},
      {"other text", "text/calendar", "SUMMARY:<b>x", "SUMMARY:<b>x\n"},
  };
  for (const Row& row : rows) {
    const std::string type = *row.head == '\0' ? "" : "Content-Type: " + std::string(row.head);
    EXPECT_THAT(texts(type + (type.empty() ? "\n" : "\n\n") + row.body), ElementsAre(row.expected))
        << row.name;
    // The same as a part.
    EXPECT_THAT(texts("Content-Type: multipart/mixed; boundary=b\n\n--b\n" + type +
                      (type.empty() ? "\n" : "\n\n") + row.body + "\n--b--\n"),
                ElementsAre(row.expected))
        << row.name;
  }
}

TEST(SearchedTexts, OfAMessageWithinAMessage) {
  EXPECT_THAT(texts("Content-Type: message/rfc822\n\nSubject: =?utf-8?Q?caf=C3=A9?=\n"
                    "Content-Type: text/html\n\n<p>in<i>ner</i></p>"),
              ElementsAre(testing::HasSubstr("café"), "inner\n"));
  EXPECT_THAT(texts("Content-Type: image/png\n\nx"), testing::IsEmpty());
}

TEST(SearchedTexts, EndWhereTheyAreLookedAtNoMore) {
  const std::string head = "Content-Type: text/plain; format=flowed\r\n\r\n";
  const std::string octets = head + std::string(searched_part_octets + 7, 'x');
  const auto found = searched_texts(test::scan(octets).structure);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].octets(), head.size() + searched_part_octets);
  EXPECT_EQ(found[0].decode(octets.substr(0, found[0].octets())).size(), searched_part_octets + 1);
}

TEST(SearchedTexts, TheVersionNamesWhatReadsThem) {
  EXPECT_THAT(searched_texts_version(), testing::MatchesRegex("4/[0-9.]+/[0-9].*"));
}

TEST(HeaderText, IsEachFieldForItself) {
  struct {
    const char* what;
    std::string header;
    std::string text;
  } const rows[] = {
      {"folds are undone", "Subject: one\r\n two\r\n\r\n", "Subject: one two\n"},
      {"two charsets, neither declared",
       "Subject: \xc3\x9c"
       "bergr\xc3\xb6\xc3\x9f"
       "e\r\nX-Mailer: M\xfc"
       "ller\r\n\r\n",
       "Subject: \xc3\x9c"
       "bergr\xc3\xb6\xc3\x9f"
       "e\nX-Mailer: M\xc3\xbcller\n"},
      {"an encoded word without an end",
       "Subject: =?utf-8?b?broken\r\nFrom: foo@x.org\r\nList: <http://x/?=foo>\r\n\r\n",
       "Subject: =?utf-8?b?broken\nFrom: foo@x.org\nList: <http://x/?=foo>\n"},
      {"what is no field", "From anna\r\nTo: b\r\n:none\r\n\r\n", "From anna\nTo: b\n:none\n"},
      {"nothing", "\r\n", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(header_text(row.header), row.text) << row.what;
}

}  // namespace
}  // namespace postern::wire::mime
