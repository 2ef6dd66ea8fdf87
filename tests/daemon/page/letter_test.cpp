#include "proxy/daemon/page/letter.h"

#include "tests/store/store_fixture.h"

namespace postern::daemon::page {
namespace {

using testing::HasSubstr;
using testing::Not;

class LetterTest : public store::StoreTest {
 protected:
  Letter letter_of(const std::string& octets) {
    EXPECT_TRUE(append("INBOX", octets).has_value());
    const auto view = mailbox("INBOX")->latest();
    const BodyId newest = view->at(SeqNum(view->size())).body;
    return read(*account, [newest](store::Reader& reader) { return read_letter(reader, newest); });
  }
};

TEST_F(LetterTest, DecodesItsHeader) {
  const Letter letter = letter_of(
      "From: =?utf-8?q?J=C3=B6rg?= <j@x.example>\r\nTo: b@x.example\r\nCc: c@x.example\r\n"
      "Reply-To: d@x.example\r\nSubject: =?utf-8?b?U3RyYcOfZQ==?=\r\nSubject: second\r\n"
      "Date: Thu, 1 Jan 2026 12:00:00 +0000\r\n\r\nHello.\r\n");
  EXPECT_EQ(letter.subject, "Straße") << "the first one counts";
  EXPECT_THAT(letter.from, HasSubstr("Jörg"));
  EXPECT_EQ(letter.to, "b@x.example");
  EXPECT_EQ(letter.cc, "c@x.example");
  EXPECT_EQ(letter.reply_to, "d@x.example");
  EXPECT_EQ(letter.sent, 1'767'268'800);
  EXPECT_THAT(letter.text, HasSubstr("Hello."));
  EXPECT_TRUE(letter.enclosed.empty());
  EXPECT_FALSE(letter.cut);
}

TEST_F(LetterTest, LaysHtmlOutAsText) {  // I4
  const Letter letter = letter_of(
      "Subject: s\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n"
      "<p>Good <b>day</b></p><script>alert(1)</script>\r\n");
  EXPECT_THAT(letter.text, HasSubstr("Good day"));
  EXPECT_THAT(letter.text, Not(HasSubstr("<")));
  EXPECT_THAT(letter.text, Not(HasSubstr("alert")));
}

TEST_F(LetterTest, ListsWhatIsEnclosed) {
  const Letter letter = letter_of(
      "Subject: s\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
      "--b\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n"
      "--b\r\nContent-Type: application/pdf; name=\"wrong.pdf\"\r\n"
      "Content-Disposition: attachment; filename=\"right.pdf\"\r\n\r\n%PDF\r\n"
      "--b\r\nContent-Type: image/png; name=\"by type.png\"\r\n\r\npng\r\n--b--\r\n");
  EXPECT_THAT(letter.text, HasSubstr("See below."));
  ASSERT_EQ(letter.enclosed.size(), 2U);
  EXPECT_EQ(letter.enclosed[0].name, "right.pdf");
  EXPECT_EQ(letter.enclosed[0].type, "application/pdf");
  EXPECT_EQ(letter.enclosed[1].name, "by type.png");
  EXPECT_EQ(letter.enclosed[1].octets, 3U);
}

TEST_F(LetterTest, ListsAMessageThatIsEnclosedAsOne) {
  const Letter letter = letter_of(
      "Subject: s\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
      "--b\r\n\r\nOuter.\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
      "Subject: inner\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
      "--c\r\n\r\ninner text\r\n--c\r\nContent-Type: image/png\r\n\r\npng\r\n--c--\r\n--b--\r\n");
  EXPECT_THAT(letter.text, HasSubstr("Outer."));
  ASSERT_EQ(letter.enclosed.size(), 1U);
  EXPECT_EQ(letter.enclosed[0].type, "message/rfc822");
}

TEST_F(LetterTest, CutsALongTextBetweenCharacters) {
  std::string text;
  while (text.size() < 300'000) text += "\xC3\xA4\xC3\xB6\xC3\xBC\xE2\x82\xAC\r\n";
  const Letter letter = letter_of(
      "Subject: s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: 8bit\r\n\r\n" +
      text);
  EXPECT_TRUE(letter.cut);
  EXPECT_LE(letter.text.size(), 200U * 1024);
  EXPECT_GT(letter.text.size(), 200U * 1024 - 4);
  const auto last = static_cast<unsigned char>(letter.text.back());
  EXPECT_TRUE(last < 0x80 || (last & 0xC0U) == 0x80U) << "no character is torn";
}

TEST_F(LetterTest, IsBoundedInWhatItLists) {
  std::string octets =
      "Subject: s\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 80; ++i) octets += "--b\r\nContent-Type: image/png\r\n\r\nx\r\n";
  EXPECT_EQ(letter_of(octets + "--b--\r\n").enclosed.size(), 50U);
}

TEST_F(LetterTest, NeedsNoHeaderAndNoText) {
  const Letter letter = letter_of("\r\n");
  EXPECT_EQ(letter.subject, "");
  EXPECT_FALSE(letter.sent.has_value());
  EXPECT_EQ(letter.text, "");
}

}  // namespace
}  // namespace postern::daemon::page
