#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "sync/wire/ascii.h"
#include "sync/wire/mime/address.h"
#include "sync/wire/mime/header.h"
#include "sync/wire/mime/message_ids.h"
#include "sync/wire/mime/scanner.h"
#include "sync/wire/mime/sort_keys.h"
#include "sync/wire/mime/text.h"
#include "tests/wire/mime/corpus.h"
#include "tests/wire/mime/tally.h"

/// What messages of the corpus mean: subjects, addresses, dates and texts, compared with what
/// others read in them. Without the corpus there is nothing to compare, and the tables of the other
/// tests must do.
namespace postern::wire::mime {
namespace {

using nlohmann::json;
using test::Tally;
namespace fs = std::filesystem;

std::string header_of(std::string_view message) {
  Scanner scanner;
  scanner.feed(message);
  return std::string(message.substr(0, scanner.finish().header_octets));
}

/// RFC 5256 section 3, SORT (SUBJECT): how many of Dovecot's neighbours are in our order, too.
TEST(CorpusMeaning, SubjectsAreInDovecotsOrder) {
  const auto folder = test::corpus_folder();
  if (!folder) return fmt::print("The message corpus is missing ($POSTERN_CORPUS).\n");
  std::map<std::string, std::string> keys;
  for (const auto& message : test::read_corpus(*folder)) {
    keys[message.file] = sort_keys(header_of(message.octets)).subject;
  }
  const json answer = json::parse(test::read_file(*folder / "dovecot-2.3.19.1-sort-thread.json"));
  const auto order = answer["sort_subject"].get<std::vector<std::string>>();
  Tally tally;
  for (std::size_t i = 1; i < order.size(); ++i) {
    const std::string& before = keys.at(order[i - 1]);
    const std::string& key = keys.at(order[i]);
    tally.count("SORT (SUBJECT)", order[i], before <= key,
                fmt::format("\"{}\" behind \"{}\" of {}", test::printable(key),
                            test::printable(before), order[i - 1]));
  }
  tally.report();
  EXPECT_GE(tally.share("SORT (SUBJECT)"), 0.99);
}

std::vector<std::string> mails_of(std::string_view mbox) {
  constexpr std::string_view separator = "From ";
  std::vector<std::string> mails;
  while (!mbox.empty()) {
    const std::string_view line = mbox.substr(0, mbox.find('\n') + 1);
    if (line.empty()) break;
    mbox.remove_prefix(line.size());
    if (line.starts_with(separator)) {
      mails.emplace_back();
    } else {
      mails.back() += line;
    }
  }
  return mails;
}

/// RFC 5957 section 3, judged by imaptest.
TEST(CorpusMeaning, ImaptestSortsByDisplayedAddress) {
  const auto folder = test::corpus_folder();
  if (!folder) return fmt::print("The message corpus is missing ($POSTERN_CORPUS).\n");
  const auto mails = mails_of(test::read_file(*folder / "imaptest/sort-display-to.mbox"));
  std::vector<std::pair<std::string, std::size_t>> keys;
  for (std::size_t i = 0; i < mails.size(); ++i) {
    keys.emplace_back(sort_keys(mails[i]).display_to, i + 1);
  }
  std::ranges::sort(keys);
  std::string order = "sort";
  for (const auto& [key, number] : keys) order += fmt::format(" {}", number);
  const json expected =
      json::parse(test::read_file(*folder / "imaptest/sort-display-to.expected.json"));
  EXPECT_EQ(order, expected["steps"][0]["untagged"][0]);
}

std::optional<std::string> last_field(std::string_view header, std::string_view name) {
  std::optional<std::string> value;
  HeaderFields fields(header);
  while (const auto field = fields.next()) {
    if (wire::equal_ignoring_case(field->name, name)) value = std::string(field->raw);
  }
  return value;
}

/// As JSON says it: year, month, day, hour, minute, second, and the offset.
long long seconds_of(const json& date) {
  using namespace std::chrono;
  const year_month_day day{year(date["year"]), month(date["month"].get<unsigned>()),
                           std::chrono::day(date["day"].get<unsigned>())};
  const auto offset = hours(date["tz_hour"].get<int>()) + minutes(date["tz_minute"].get<int>());
  const auto local = sys_days(day) + hours(date["hour"].get<int>()) +
                     minutes(date["minute"].get<int>()) + seconds(date["second"].get<int>());
  const bool west = date["tz_before_gmt"];
  return (west ? local + offset : local - offset).time_since_epoch().count();
}

std::string first_address(const json& value) {
  const json* list = value.contains("List") ? &value["List"] : nullptr;
  if (list == nullptr || list->empty()) return {};
  const json& first = list->front();
  const auto text = [](const json& part) {
    return part.is_string() ? part.get<std::string>() : "";
  };
  return text(first["name"]) + " <" + text(first["address"]) + ">";
}

std::string our_first_address(const std::string& raw) {
  const std::string value = field_value(raw);
  const auto address = AddressReader(value).next();
  if (!address) return {};
  std::string out = address->name ? decode_header(*address->name) : std::string();
  out += " <" + address->mailbox.value_or("");
  if (address->host && *address->host != no_domain) out += "@" + *address->host;
  return out + ">";
}

void compare_field(Tally& tally, const std::string& file, const json& field,
                   const std::string& header) {
  if (!field["name"].is_string()) return;
  const std::string name = field["name"];
  const json& value = field["value"];
  const auto compare = [&](const std::string& ours, const std::string& theirs) {
    tally.count(name, file, ours == theirs, fmt::format("\"{}\", not \"{}\"", ours, theirs));
  };
  if (name == "subject" && value.contains("Text")) {
    compare(decode_header(last_field(header, "subject").value_or("")), value["Text"]);
  } else if (name == "date" && value.contains("DateTime")) {
    const auto sent = sent_date(last_field(header, "date").value_or(""));
    compare(fmt::format("{}", sent.value_or(-1)), fmt::format("{}", seconds_of(value["DateTime"])));
  } else if ((name == "from" || name == "to") && value.contains("Address")) {
    const std::string theirs = first_address(value["Address"]);
    if (!theirs.empty()) compare(our_first_address(last_field(header, name).value_or("")), theirs);
  } else if (name == "message_id" && value.contains("Text")) {
    compare(first_message_id(last_field(header, "message-id").value_or("")).value_or(""),
            value["Text"]);
  }
}

/// Offsets in the expected parses are those of messages with bare LF.
std::string with_lf(std::string text) {
  for (std::size_t at = 0; (at = text.find("\r\n", at)) != std::string::npos;) text.erase(at, 1);
  return text;
}

/// The parts that are not within a message/rfc822, in preorder.
std::vector<const Part*> own_parts(const Structure& structure) {
  std::vector<const Part*> out;
  std::uint64_t inner_end = 0;
  for (const Part& part : structure.parts) {
    if (!out.empty() && part.header_begin < inner_end) continue;
    out.push_back(&part);
    if (part.kind == PartKind::message) inner_end = part.body_end;
  }
  return out;
}

void compare_part(Tally& tally, const std::string& file, std::string_view message, const Part& part,
                  const json& expected) {
  const json& body = expected["body"];
  const bool begins = expected["offset_body"] == part.body_begin;
  tally.count("begin of a part", file, begins,
              fmt::format("{}, not {}", part.body_begin, expected["offset_body"].dump()));
  const char* const kind = body.contains("Html") ? "Html" : "Text";
  if (!body.contains(kind)) return;
  const std::string_view octets = message.substr(part.body_begin, part.body_end - part.body_begin);
  std::string ours = to_utf8(decode_transfer(octets, part.encoding), part.charset);
  std::string theirs = body[kind];
  for (std::string* text : {&ours, &theirs}) std::erase(*text, '\r');
  const auto at = static_cast<std::size_t>(std::ranges::mismatch(ours, theirs).in1 - ours.begin());
  const auto from = at > 20 ? at - 20 : 0;
  tally.count(
      "text", file, ours == theirs,
      fmt::format("at {}\n    ours   {}\n    theirs {}", at, test::printable(ours.substr(from, 80)),
                  test::printable(theirs.substr(from, 80))));
}

/// Judged by the expected parses of another library.
TEST(CorpusMeaning, AgreesWithMailParser) {
  const auto folder = test::corpus_folder();
  if (!folder) return fmt::print("The message corpus is missing ($POSTERN_CORPUS).\n");
  Tally tally;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(*folder / "mail-parser")) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  EXPECT_GT(files.size(), 50U);
  for (fs::path path : files) {
    const json expected = json::parse(test::read_file(path));
    const std::string message = with_lf(test::read_file(path.replace_extension(".eml")));
    const std::string file = path.filename();
    Scanner scanner;
    scanner.feed(message);
    const Scanned scanned = scanner.finish();
    const std::string header = message.substr(0, scanned.header_octets);
    for (const json& field : expected["parts"][0]["headers"]) {
      compare_field(tally, file, field, header);
    }
    const auto parts = own_parts(scanned.structure);
    const bool same_count = parts.size() == expected["parts"].size();
    tally.count("number of parts", file, same_count,
                fmt::format("{}, not {}", parts.size(), expected["parts"].size()));
    if (!same_count) continue;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      compare_part(tally, file, message, *parts[i], expected["parts"][i]);
    }
  }
  tally.report();
  // Every difference has its reason in docs/compatibility.md.
  const std::vector<std::pair<const char*, double>> least = {
      {"begin of a part", 1.0},  {"date", 1.0},  {"message_id", 1.0}, {"from", 0.97},
      {"number of parts", 0.92}, {"text", 0.97}, {"subject", 0.92},   {"to", 0.89}};
  for (const auto& [what, share] : least) EXPECT_GE(tally.share(what), share) << what;
}

}  // namespace
}  // namespace postern::wire::mime
