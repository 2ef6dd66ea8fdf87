#include <gmock/gmock.h>

#include <algorithm>

#include <fmt/format.h>

#include "sync/wire/mime/scanner.h"
#include "sync/wire/mime/section.h"
#include "tests/wire/mime/corpus.h"
#include "tests/wire/mime/tally.h"

namespace postern::wire::mime {
namespace {

using nlohmann::json;
using test::CorpusMessage;
using test::printable;
using test::Tally;

/// Long answers are given by their length and hash only.
void compare_text(Tally& tally, const std::string& what, const CorpusMessage& message,
                  const std::string& ours) {
  const json& expected = message.expected[what];
  if (expected.is_object()) {
    const bool agrees =
        expected["n"] == ours.size() && expected["sha256"] == test::sha256_hex(ours);
    tally.count(what, message.file, agrees, fmt::format("{} octets", ours.size()));
    return;
  }
  const std::string theirs = test::octets_of(expected);
  const auto at = static_cast<std::size_t>(std::ranges::mismatch(ours, theirs).in1 - ours.begin());
  const auto from = at > 40 ? at - 40 : 0;
  tally.count(what, message.file, ours == theirs,
              fmt::format("at {}\n    ours   {}\n    theirs {}", at,
                          printable(ours.substr(from, 120)), printable(theirs.substr(from, 120))));
}

std::vector<std::uint32_t> path_of(const std::string& number) {
  std::vector<std::uint32_t> path;
  for (std::size_t at = 0; at <= number.size();) {
    const auto dot = std::min(number.find('.', at), number.size());
    path.push_back(static_cast<std::uint32_t>(std::stoul(number.substr(at, dot - at))));
    at = dot + 1;
  }
  return path;
}

/// Dovecot gives NUL as 0x80.
std::string slice(const CorpusMessage& message, const Octets& where) {
  std::string octets = message.octets.substr(where.begin, where.end - where.begin);
  std::ranges::replace(octets, '\0', '\x80');
  return octets;
}

void compare_section(Tally& tally, const std::string& what, const CorpusMessage& message,
                     const Structure& structure, const Section& section, const json& expected,
                     const std::string& number = {}) {
  const auto where = locate(structure, section);
  if (!where) {
    tally.count(what, message.file, false, fmt::format("part {} is missing", number));
    return;
  }
  const std::string octets = slice(message, *where);
  const bool agrees =
      expected["n"] == octets.size() && expected["sha256"] == test::sha256_hex(octets);
  tally.count(what, message.file, agrees,
              fmt::format("part {} has {} octets at {}, not {}", number, octets.size(),
                          where->begin, expected["n"].get<std::uint64_t>()));
}

void compare(Tally& tally, const CorpusMessage& message) {
  Scanner scanner;
  scanner.feed(message.octets);
  const Scanned scanned = scanner.finish();
  compare_text(tally, "envelope", message, scanned.envelope);
  compare_text(tally, "body", message, scanned.body);
  compare_text(tally, "bodystructure", message, scanned.body_structure);
  const json& expected = message.expected;
  using enum Section::Text;
  const Structure& structure = scanned.structure;
  compare_section(tally, "BODY[]", message, structure, {}, expected["body[]"]);
  compare_section(tally, "BODY[HEADER]", message, structure,
                  {.path = {}, .what = header, .fields = {}}, expected["body[header]"]);
  compare_section(tally, "BODY[TEXT]", message, structure, {.path = {}, .what = text, .fields = {}},
                  expected["body[text]"]);
  for (const auto& [number, part] : expected["parts"].items()) {
    const auto path = path_of(number);
    compare_section(tally, "BODY[n]", message, structure,
                    {.path = path, .what = whole, .fields = {}}, part["body"], number);
    compare_section(tally, "BODY[n.MIME]", message, structure,
                    {.path = path, .what = mime, .fields = {}}, part["mime"], number);
  }
}

/// Our own words, for where the corpus is not at hand.
void compare_sample() {
  Scanner scanner;
  scanner.feed(
      "From: Anna <anna@example.org>\r\nSubject: plan\r\nContent-Type: multipart/mixed; "
      "boundary=x\r\n\r\n--x\r\n\r\none\r\n--x\r\nContent-Type: text/html\r\n\r\ntwo\r\n--x--\r\n");
  const Scanned scanned = scanner.finish();
  EXPECT_EQ(
      scanned.envelope,
      R"((NIL "plan" (("Anna" NIL "anna" "example.org")) (("Anna" NIL "anna" "example.org")) )"
      R"((("Anna" NIL "anna" "example.org")) NIL NIL NIL NIL NIL))");
  EXPECT_EQ(scanned.body, R"((("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 3 0))"
                          R"(("text" "html" ("charset" "us-ascii") NIL NIL "7bit" 3 0) "mixed"))");
}

/// RFC 9051 section 7.5.2: where the RFC leaves a choice we say what Dovecot says. Every
/// difference has its reason in docs/compatibility.md.
TEST(Corpus, AgreesWithDovecot) {
  const auto folder = test::corpus_folder();
  if (!folder) {
    fmt::print(
        "The message corpus is missing ($POSTERN_CORPUS): only our own sample is compared.\n");
    compare_sample();
    return;
  }
  Tally tally;
  const auto messages = test::read_corpus(*folder);
  for (const CorpusMessage& message : messages) compare(tally, message);
  tally.report();
  EXPECT_GT(messages.size(), 600U);
  for (const char* what : {"envelope", "body", "bodystructure", "BODY[]", "BODY[HEADER]",
                           "BODY[TEXT]", "BODY[n]", "BODY[n.MIME]"}) {
    EXPECT_GE(tally.share(what), 0.99) << what;
  }
}

}  // namespace
}  // namespace postern::wire::mime
