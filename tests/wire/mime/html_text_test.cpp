#include "sync/wire/mime/html_text.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include <fmt/format.h>

namespace postern::wire::mime {
namespace {

struct Row {
  const char* name;
  std::string input;
  std::string expected;
};

TEST(HtmlText, Rows) {
  const std::vector<Row> rows = {
      {"nothing", "", ""},
      {"no markup", "one\r\n two", "one two\n"},
      {"blocks", "<p>one</p><p>two<div>three</div>four", "one\ntwo\nthree\nfour\n"},
      {"inline", "w<b>or</b>d <i>and</i><span> </span>word", "word and word\n"},
      {"line breaks", "one<br>two<BR/>three<hr>four", "one\ntwo\nthree\nfour\n"},
      {"table", "<table><tr><td>a</td><td>b</td></tr><tr><th>c</th></tr></table>", "a b\nc\n"},
      {"list", "<ul><li>one<li>two</ul>", "one\ntwo\n"},
      {"references", "&lt;a&gt; &amp; &uuml;&#252;&#xfc; &euro;&nbsp;&unknown; &",
       "<a> & üüü €\u00a0&unknown; &\n"},
      {"references that are none", "&#0;&#xd800;&#99999999;x", "x\n"},
      {"scripts and styles", "<style>a{}</style>one<script>if (a<b) '</b>'</script>two",
       "onetwo\n"},
      {"head", "<html><head><title>t</title><meta name=x></head><body>one</body></html>", "one\n"},
      {"text in the head", "<html><head>one</html>", "one\n"},
      {"comments", "one<!-- <b>no</b> -->two<![if !mso]>three<![endif]>", "onetwothree\n"},
      {"a comment without end", "one<!-- two", "one<!-- two\n"},
      {"preformatted", "<pre>a\n  b\n\nc</pre>d  e", "a\n  b\nc\nd e\n"},
      {"quotation", "one<blockquote>two<blockquote>three</blockquote></blockquote>four",
       "one\n> two\n>> three\nfour\n"},
      {"end tags too many", "</b></p></div>one</td></html>two", "one\ntwo\n"},
      {"text behind the end", "<html><body>one</body></HTML >two<p>three", "one\ntwo\nthree\n"},
      {"two documents", "<html><body>one</body></html><html><body>two</body></html>", "one\ntwo\n"},
      {"a tag that is not the end", "one</bodyx>two", "onetwo\n"},
      {"a conditional comment", "a<!--[if mso]><p>b<![endif]-->c", "ac\n"},
      {"an open section", "a<![if b", "a<![if b\n"},
      {"a style within a comment", "<style><!-- p{} --></style>a", "a\n"},
      {"a quote without end", "a<b c=\"d>e</b>f", "aef\n"},
      {"a quoted end", "a<b c=\">\" d='>' e=x\" f= \">\">g</b>", "ag\n"},
      {"a tag without end", "a<b c", "a<b c\n"},
      {"an end of nothing", "a</ b></>c", "ac\n"},
      {"empty elements", "<title/>a<script src=x />b", "ab\n"},
      {"a title without end", "a<title>b", "a\n"},
      {"not a tag", "1 < 2 > 0", "1 < 2 > 0\n"},
      {"NUL", std::string("a\0b", 3), "a\ufffdb\n"},
      {"a charset of its own means nothing",
       "<meta http-equiv=Content-Type content='text/html; charset=utf-16'>é", "é\n"},
      {"links", "<a href='http://example.org/'>here</a><img alt=x>", "here\n"},
  };
  for (const auto& [name, input, expected] : rows) EXPECT_EQ(html_text(input), expected) << name;
}

TEST(HtmlText, CharactersAcrossPieces) {
  for (std::size_t before = 1000; before < 1030; ++before) {
    const std::string text = std::string(before, 'a') + "€\U0001f600b";
    EXPECT_EQ(html_text(fmt::format("{0}{0}", text)), fmt::format("{0}{0}\n", text)) << before;
    EXPECT_EQ(html_text(fmt::format("{0}<br>{0}", text)), fmt::format("{0}\n{0}\n", text))
        << before;
  }
}

/// Beyond the depth the document is read on.
TEST(HtmlText, Deep) {
  std::string deep;
  for (std::size_t i = 0; i < 10 * html_depth; ++i) deep += "<blockquote>";
  const std::string text = html_text(deep + "<p>here</p>");
  EXPECT_THAT(text, testing::HasSubstr("here\n"));
}

TEST(HtmlCharset, Rows) {
  EXPECT_EQ(html_charset("<meta charset=\"koi8-r\">"), "koi8-r");
  EXPECT_EQ(html_charset("<META content='text/html; CHARSET=utf-8'>"), "utf-8");
  EXPECT_EQ(html_charset("<meta charset= utf-8 />"), "utf-8");
  EXPECT_EQ(html_charset("<p>charset"), "");
  EXPECT_EQ(html_charset("charset="), "");
  EXPECT_EQ(html_charset(std::string(2000, ' ') + "charset=utf-8"), "");
}

}  // namespace
}  // namespace postern::wire::mime
