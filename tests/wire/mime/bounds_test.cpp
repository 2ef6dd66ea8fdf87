#include <gmock/gmock.h>

#include <chrono>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "sync/wire/mime/base_subject.h"
#include "sync/wire/mime/flowed.h"
#include "sync/wire/mime/folding.h"
#include "sync/wire/mime/html_text.h"
#include "sync/wire/mime/message_ids.h"
#include "sync/wire/mime/preview.h"
#include "sync/wire/mime/scanner.h"
#include "sync/wire/mime/sort_keys.h"
#include "sync/wire/mime/text.h"
#include "tests/wire/mime/heap.h"
#include "tests/wire/mime/scan.h"

namespace postern::wire::mime {
namespace {

constexpr std::size_t mebi = 1024 * 1024;

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string nested_multiparts(int depth) {
  std::string out;
  for (int i = 0; i < depth; ++i) {
    out += fmt::format("Content-Type: multipart/mixed; boundary=b{}\r\n\r\n--b{}\r\n", i, i);
  }
  return out + "\r\nx";
}

std::string with_field(const std::string& name, const std::string& value) {
  return name + ": " + value + "\r\n\r\nbody\r\n";
}

/// Tags or attributes with as many names.
std::string numbered(const std::string& text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += fmt::format("{}{} ", text, i);
  return out;
}

struct Hostile {
  const char* name;
  std::string message;
};

std::vector<Hostile> hostile_messages() {
  std::string many_boundaries = nested_multiparts(1000);
  for (int i = 0; i < 20'000; ++i) many_boundaries += fmt::format("\r\n--b{}x", i % 1000);
  std::string same_beginning;
  for (int i = 0; i < 98; ++i) {
    same_beginning += fmt::format("Content-Type: multipart/x; boundary={}{}\r\n\r\n--{}{}\r\n",
                                  std::string(66, 'b'), i + 100, std::string(66, 'b'), i + 100);
  }
  same_beginning += "\r\n" + repeated("--" + std::string(66, 'b') + "\r\n", 20'000);
  std::string continuations = "a/b";
  for (int i = 0; i < 10'000; ++i) continuations += fmt::format(";\r\n x*{}*=a", 20'000 - i);
  std::string fields;
  for (int i = 0; i < 10'000; ++i) fields += fmt::format("Field-{}: x\r\n", i);
  std::string parts = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  return {
      {"C11: 6000 multiparts deep", nested_multiparts(6000)},
      {"C11: 3000 messages deep", repeated("Content-Type: message/rfc822\r\n\r\n", 3000) + "x"},
      {"C11: 20,000 parts", parts + repeated("--b\r\n\r\nx\r\n", 20'000)},
      {"C11: 20,000 parts without anything", parts + repeated("--b\r\n", 20'000)},
      {"C11: 10,000 header fields", fields + "\r\nx"},
      {"C11: a header line of 4 MiB", with_field("Subject", std::string(4 * mebi, 's'))},
      {"C11: a header of 4 MiB in lines", with_field("Subject", repeated("s\r\n ", mebi))},
      {"C11: a header that does not end", repeated("A: b\r\n", mebi)},
      {"C11: 1,000,000 addresses", with_field("From", repeated("a,", 1'000'000))},
      {"C11: addresses in many fields", repeated("From: a@b\r\nTo: c@d\r\n", 100'000)},
      {"many boundaries", many_boundaries},
      {"many boundaries with one beginning", same_beginning},
      {"C11: messages with large headers side by side",
       parts + repeated("--b\r\nContent-Type: message/rfc822\r\n\r\nX: " +
                            std::string(20'000, 'x') + "\r\n\r\nx\r\n",
                        4000)},
      {"C12: 10,000 continuations", with_field("Content-Type", continuations)},
      {"C13: open comments", with_field("To", std::string(mebi, '('))},
      {"C13: open quotes", with_field("To", repeated("\"a, ", mebi / 4))},
      {"C13: groups", with_field("To", repeated(":;;", mebi / 4))},
      {"open angles", with_field("To", std::string(mebi, '<'))},
      {"routes", with_field("To", "<" + repeated("@a,", mebi / 4))},
      {"dots", with_field("To", std::string(mebi, '.'))},
      {"comments", with_field("To", repeated("(a)", mebi / 4))},
      {"semicolons", with_field("Content-Type", "a/b" + std::string(mebi, ';'))},
      {"many messages with large headers", repeated("Content-Type: message/rfc822\r\nSubject: " +
                                                        std::string(300'000, '"') + "\r\n\r\n",
                                                    90)},
      {"one line of dashes", parts + "--b\r\n\r\n" + std::string(4 * mebi, '-')},
      {"lines of dashes", parts + "--b\r\n\r\n" + repeated("--\r\n", mebi)},
  };
}

/// C11: an answer in less than a second, with at most 32 MiB.
TEST(Bounds, HostileMessages) {
  for (const auto& [name, message] : hostile_messages()) {
    const test::HeapPeak heap;
    const double start = cpu_seconds();
    Scanner scanner;
    for (std::size_t at = 0; at < message.size(); at += 16 * 1024) {
      scanner.feed(std::string_view(message).substr(at, 16 * 1024));
    }
    const Scanned scanned = scanner.finish();
    EXPECT_LT(cpu_seconds() - start, 1.0) << name;
    EXPECT_LT(heap.octets(), 32 * mebi) << name;
    EXPECT_EQ(scanned.octets, message.size()) << name;
    EXPECT_LE(scanned.structure.parts.size(), Limits{}.parts) << name;
  }
}

/// The same for text: time does not grow faster than the text.
TEST(Bounds, HostileText) {
  const std::vector<Hostile> texts = {
      {"C13: open encoded words", repeated("=?utf-8?Q?", 200'000)},
      {"beginnings", repeated("=?", mebi)},
      {"question marks", "=?utf-8?Q?" + std::string(mebi, '?')},
      {"ends", "=?utf-8?B?" + repeated("=?=", mebi / 2)},
      {"encoded words", repeated("=?utf-8?Q?a?= ", 100'000)},
      {"two charsets in turn", repeated("=?utf-8?Q?a?= =?koi8-r?Q?a?= ", 20'000)},
      {"equals signs", std::string(mebi, '=')},
      {"soft breaks", repeated("= \t", mebi / 4)},
      {"spaces", std::string(mebi, ' ')},
      {"marks", repeated("\xcc\x81", mebi / 4)},
      {"ligatures", repeated("\xef\xb7\xba", mebi / 16)},
      {"parentheses", std::string(mebi, '(')},
      {"blobs", repeated("[a]", mebi / 3)},
      {"open blobs", repeated("[a", mebi / 2)},
      {"answers", repeated("Re [a]: [", mebi / 8)},
      {"forwards", repeated("[fwd:", mebi / 8) + repeated("]", mebi / 8)},
      {"trailers", repeated("(fwd) ", mebi / 8)},
      {"open message ids", repeated("<", mebi)},
      {"open quotes in message ids", repeated("<\"", mebi / 2)},
      {"comments in message ids", repeated("<(", mebi / 2)},
      {"undeclared, in pieces", repeated("=?utf-8?Q?a?= \xff\xfe\xfd\xe4\xe5\xe6\xe7", 25'000)},
      {"undeclared", repeated("\xe4\xe5\xe6\xe7 ", mebi / 5)},
      {"open elements", repeated("<b>", mebi / 3)},
      {"elements that close others", repeated("<b>", mebi / 6) + repeated("</i>", mebi / 8)},
      {"open tags", repeated("<a ", mebi / 3)},
      {"attributes", "<a " + repeated("b ", mebi / 2)},
      {"different attributes", "<a " + numbered("b", 100'000)},
      {"different elements", numbered("<b", 100'000)},
      {"open comments", repeated("<!--", mebi / 4)},
      {"open sections", repeated("<![", mebi / 3)},
      {"ends of the body", repeated("</body", mebi / 6)},
      {"a script without end", "<script>" + repeated("</s", mebi / 3)},
      {"lists", repeated("<ul><li>", mebi / 8)},
      {"tables", repeated("<table><tr><td>", mebi / 16)},
      {"references", repeated("&#x41;&lt;&", mebi / 12)},
      {"quotations", repeated(">", mebi / 2) + "a \n" + repeated(">", mebi / 2)},
      {"quotations in HTML", repeated("<blockquote>a<br>", mebi / 20)},
      {"blank lines", repeated("a:\n\n", mebi / 4)},
      {"message ids", repeated("<a@b>", mebi / 5)},
  };
  using Decode = std::function<std::string(std::string_view)>;
  const std::vector<std::pair<const char*, Decode>> decoders = {
      {"header", decode_header},
      {"base64", [](std::string_view text) { return decode_transfer(text, "base64"); }},
      {"qp", [](std::string_view text) { return decode_transfer(text, "quoted-printable"); }},
      {"fold", fold},
      {"date", [](std::string_view text) { return std::to_string(parse_date(text, 0)); }},
      {"base subject", [](std::string_view text) { return base_subject(text).text; }},
      {"HTML", html_text},
      {"flowed", [](std::string_view text) { return unflowed(text, Flow::flowed_delsp); }},
      {"preview", preview},
      {"sort keys",
       [](std::string_view text) {
         return sort_keys("Subject: " + std::string(text) + "\r\nFrom: " + std::string(text))
             .encode();
       }},
      {"ids", [](std::string_view text) { return fmt::format("{}", message_ids(text).size()); }},
  };
  for (const auto& [text_name, text] : texts) {
    for (const auto& [name, decode] : decoders) {
      const double start = cpu_seconds();
      EXPECT_LT(decode(text).size(), 64 * text.size()) << name << " of " << text_name;
      EXPECT_LT(cpu_seconds() - start, 1.0) << name << " of " << text_name;
    }
  }
}

/// Beyond the limits there are only leaves; what was found before stays.
TEST(Limits, Depth) {
  const Scanned scanned = test::scan(nested_multiparts(5), 0, {.depth = 3});
  EXPECT_EQ(scanned.body,
            R"(((("application" "octet-stream" ("boundary" "b2") NIL NIL "7bit" 113) "mixed") )"
            R"("mixed"))");
  const Scanned message =
      test::scan(repeated("Content-Type: message/rfc822\r\n\r\n", 3) + "x", 0, {.depth = 2});
  EXPECT_EQ(message.structure.parts.size(), 2U);
  EXPECT_EQ(message.structure.parts[1].type, "application");
}

TEST(Limits, Parts) {
  const Scanned scanned = test::scan(
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + repeated("--b\r\n\r\nx\r\n", 10), 0,
      {.parts = 3});
  EXPECT_EQ(scanned.body,
            R"((("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 1 0))"
            R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 83 25) "mixed"))");
}

TEST(Limits, HeaderOctets) {
  const std::string message = "Subject: " + std::string(100, 's') + "\r\nTo: a@b\r\n\r\nx";
  const Scanned scanned = test::scan(message, 0, {.header_octets = 40});
  EXPECT_EQ(scanned.envelope,
            "(NIL \"" + std::string(31, 's') + "\" NIL NIL NIL NIL NIL NIL NIL NIL)");
  EXPECT_EQ(scanned.header_octets, message.size() - 1);
}

TEST(Limits, KeptOctets) {
  const std::string part =
      "--b\r\nContent-Type: text/html\r\nContent-ID: " + std::string(300, 'i') + "\r\n\r\nx\r\n";
  const Scanned scanned = test::scan(
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part + part, 0, {.kept_octets = 600});
  ASSERT_EQ(scanned.structure.parts.size(), 3U);
  EXPECT_EQ(scanned.structure.parts[1].type, "text");
  EXPECT_EQ(scanned.structure.parts[2].type, "application");
}

/// Bodies are most of all octets: many times faster than the disk, or the scanner is in the way.
TEST(Speed, Bodies) {
  const std::string line = std::string(76, 'x') + "\r\n";
  const std::string head = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n";
  const std::string body = repeated(line, 64 * 1024);
  double best = 0;
  for (int round = 0; round < 5; ++round) {
    const double start = cpu_seconds();
    Scanner scanner;
    scanner.feed(head);
    for (int i = 0; i < 20; ++i) scanner.feed(body);
    EXPECT_EQ(scanner.finish().octets, head.size() + 20 * body.size());
    best = std::max(best, 20.0 * static_cast<double>(body.size()) / (cpu_seconds() - start));
  }
  fmt::print("bodies: {:.1f} GB/s\n", best / 1e9);
  EXPECT_GT(best, 0.1e9);
}

/// C8: U+FDFA is eighteen letters once it is folded.
TEST(Bounds, ALongTextIsFoldedInLittleMemory) {
  const std::string text = repeated("\ufdfa", 8 * mebi / 3);
  const test::HeapPeak peak;
  std::size_t pieces = 0;
  std::string piece;
  for (Folding folding(text); !folding.finished(); piece.clear(), ++pieces) folding.next(piece);
  EXPECT_GE(pieces, 8 * mebi / Folding::window_octets);
  EXPECT_LT(peak.octets(), 6 * mebi);
}

}  // namespace
}  // namespace postern::wire::mime
