#include "proxy/imap/search_match.h"

#include <algorithm>
#include <cstddef>

#include "sync/wire/ascii.h"
#include "sync/wire/imap/date_time.h"
#include "sync/wire/mime/header.h"
#include "sync/wire/mime/text.h"

namespace postern::imap {
namespace {

using Kind = wire::imap::SearchKey::Kind;

unsigned own_cost(Kind kind) {
  switch (kind) {
    case Kind::header:
    case Kind::sent_before:
    case Kind::sent_on:
    case Kind::sent_since: return 1;
    case Kind::body:
    case Kind::text: return 2;
    default: return 0;
  }
}

UidSet resolve(const wire::imap::SequenceSet& set, std::uint32_t largest) {
  return set.uids(Uid(largest));
}

Truth of(bool yes) {
  return yes ? Truth::yes : Truth::no;
}

/// In UTC, as FETCH SAVEDATE shows it.
std::chrono::sys_days saved_day(const store::Entry& entry) {
  return std::chrono::floor<std::chrono::days>(entry.saved_at);
}

bool sent_matches(const Criterion& criterion, std::chrono::sys_days day) {
  if (criterion.kind == Kind::sent_before) return day < criterion.date;
  if (criterion.kind == Kind::sent_on) return day == criterion.date;
  return day >= criterion.date;
}

Truth sent_matches(const Criterion& criterion, const Findings& findings) {
  if (findings.header_read) return of(findings.sent && sent_matches(criterion, *findings.sent));
  if (!findings.sent_near) return Truth::unknown;
  if (!*findings.sent_near) return Truth::no;
  // A time is below 25 hours, a zone below 24: so far the day in UTC is from the one written.
  const std::chrono::sys_days first = **findings.sent_near - std::chrono::days(2);
  const std::chrono::sys_days last = **findings.sent_near + std::chrono::days(1);
  if (criterion.date < first || last < criterion.date) return of(sent_matches(criterion, first));
  return Truth::unknown;
}

/// `unknown` only if no child decides.
Truth combined(const Criterion& criterion, const SearchMessage& message) {
  const Truth decisive = criterion.kind == Kind::or_ ? Truth::yes : Truth::no;
  Truth result = criterion.kind == Kind::or_ ? Truth::no : Truth::yes;
  for (const Criterion& child : criterion.children) {
    const Truth truth = matches(child, message);
    if (truth == decisive) return decisive;
    if (truth == Truth::unknown) result = Truth::unknown;
  }
  return result;
}

Truth negated(Truth truth) {
  if (truth == Truth::unknown) return truth;
  return truth == Truth::yes ? Truth::no : Truth::yes;
}

/// Line ends as `part_text` has them.
std::string with_line_feeds(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!text.substr(i).starts_with("\r\n")) result += text[i];
  }
  return result;
}

Criterion prepare(const wire::imap::SearchKey& key, const store::Snapshot& view,
                  Question& question) {
  Criterion result;
  result.kind = key.kind;
  result.octets = key.octets;
  result.number = key.number;
  result.date = key.date;
  result.cost = own_cost(key.kind);
  switch (key.kind) {
    case Kind::system_flag: result.flags.add(key.flag); break;
    case Kind::keyword:
      for (std::size_t bit = 0; bit < view.keywords().size(); ++bit) {
        if (wire::equal_ignoring_case(view.keywords()[bit], key.name))
          result.flags.keywords = std::uint64_t{1} << bit;
      }
      break;
    case Kind::sequence_set: result.numbers = resolve(key.set, view.size()); break;
    case Kind::uid_set:
      result.numbers =
          resolve(key.set, view.size() == 0 ? 0 : view.at(SeqNum(view.size())).uid.value);
      break;
    case Kind::sent_before:
    case Kind::sent_on:
    case Kind::sent_since: question.asks_fields = question.asks_date = true; break;
    case Kind::header:
    case Kind::body:
    case Kind::text:
      result.needle = question.needles.size();
      question.needles.push_back(
          {key.kind, key.name, wire::mime::fold(with_line_feeds(key.value))});
      question.longest_needle =
          std::max(question.longest_needle, question.needles.back().folded.size());
      question.asks_fields = question.asks_fields || key.kind == Kind::header;
      break;
    default: break;
  }
  for (const auto& child : key.children) {
    result.children.push_back(prepare(child, view, question));
    result.cost = std::max(result.cost, result.children.back().cost);
  }
  std::ranges::sort(result.children, {}, &Criterion::cost);
  return result;
}

}  // namespace

std::optional<std::chrono::sys_days> sent_day(std::string_view header) {
  wire::mime::HeaderFields fields(header);
  std::string_view date;
  while (const auto field = fields.next()) {
    if (wire::equal_ignoring_case(field->name, "Date")) date = field->raw;
  }
  const auto days = wire::mime::written_day(wire::mime::unfolded_value(date));
  if (!days) return std::nullopt;
  return std::chrono::sys_days(std::chrono::days(*days));
}

Question prepare(const wire::imap::SearchKey& key, const store::Snapshot& view) {
  Question question;
  question.criterion = prepare(key, view, question);
  return question;
}

Truth matches(const Criterion& criterion, const SearchMessage& message) {
  const store::Entry& entry = message.entry;
  if (criterion.cost != 0 && criterion.children.empty() && message.findings == nullptr)
    return Truth::unknown;
  switch (criterion.kind) {
    case Kind::all: return Truth::yes;
    case Kind::system_flag: return of((entry.flags.system & criterion.flags.system) != 0);
    case Kind::keyword: return of((entry.flags.keywords & criterion.flags.keywords) != 0);
    case Kind::recent: return of(message.recent);
    case Kind::sequence_set: return of(criterion.numbers.contains(Uid(message.seq.value)));
    case Kind::uid_set: return of(criterion.numbers.contains(entry.uid));
    case Kind::before: return of(wire::imap::day_of(entry.date) < criterion.date);
    case Kind::on: return of(wire::imap::day_of(entry.date) == criterion.date);
    case Kind::since: return of(wire::imap::day_of(entry.date) >= criterion.date);
    case Kind::saved_before: return of(saved_day(entry) < criterion.date);
    case Kind::saved_on: return of(saved_day(entry) == criterion.date);
    case Kind::saved_since: return of(saved_day(entry) >= criterion.date);
    case Kind::older: return of(entry.date.seconds <= criterion.number);
    case Kind::younger: return of(entry.date.seconds >= criterion.number);
    case Kind::email_id: return of(entry.body.value == criterion.number);
    case Kind::thread_id: return Truth::no;  // became UIDs before: search_references.h
    case Kind::filter: return Truth::no;  // what it stands for took its place: filter_expansion.h
    case Kind::mod_seq:
      return of(entry.mod_seq.value >= static_cast<std::uint64_t>(criterion.number));
    case Kind::larger: return of(entry.octets > criterion.octets);
    case Kind::smaller: return of(entry.octets < criterion.octets);
    case Kind::sent_before:
    case Kind::sent_on:
    case Kind::sent_since: return sent_matches(criterion, *message.findings);
    case Kind::header:
    case Kind::body:
    case Kind::text: return message.findings->needles[criterion.needle];
    case Kind::and_:
    case Kind::or_: return combined(criterion, message);
    case Kind::not_: return negated(matches(criterion.children.front(), message));
  }
  return Truth::no;
}

}  // namespace postern::imap
