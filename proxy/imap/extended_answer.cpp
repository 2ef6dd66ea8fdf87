#include "proxy/imap/extended_answer.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "sync/wire/imap/response.h"

namespace postern::imap {
namespace {

using Returns = wire::imap::ReturnOptions;

void append_number(std::string& out, std::uint32_t number) {
  char digits[10];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_item(std::string& out, std::string_view name, std::uint32_t number) {
  out.append(name);
  append_number(out, number);
}

}  // namespace

std::vector<std::uint32_t> numbers_of(const Found& found, wire::imap::Numbers numbers) {
  std::vector<std::uint32_t> result;
  result.reserve(found.messages.size());
  for (const SeqNum seq : found.messages) {
    result.push_back(numbers == wire::imap::Numbers::uid ? found.view->at(seq).uid.value
                                                         : seq.value);
  }
  return result;
}

std::string plain_line(std::string_view name, std::span<const std::uint32_t> numbers,
                       std::optional<ModSeq> mod_seq) {
  std::string line = "* ";
  line.reserve(name.size() + 4 + 7 * numbers.size());
  line.append(name);
  for (const std::uint32_t number : numbers) {
    line.push_back(' ');
    append_number(line, number);
  }
  if (mod_seq && !numbers.empty()) line.append(fmt::format(" (MODSEQ {})", mod_seq->value));
  line.append("\r\n");
  return line;
}

void append_ordered_set(std::string& out, std::span<const std::uint32_t> numbers) {
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t last = i;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    if (i != 0) out.push_back(',');
    append_number(out, numbers[i]);
    if (last != i) {
      out.push_back(':');
      append_number(out, numbers[last]);
    }
    i = last + 1;
  }
}

void append_esearch_start(std::string& out, std::string_view tag, wire::imap::Numbers form,
                          std::string_view source) {
  out.append("* ESEARCH (TAG ");
  wire::imap::append_string(out, tag);
  out.append(source);
  out.append(form == wire::imap::Numbers::uid ? ") UID" : ")");
}

std::string extended_line(std::string_view tag, wire::imap::Numbers form, const Returns& returns,
                          std::span<const std::uint32_t> numbers,
                          std::span<const std::uint8_t> relevancy, std::optional<ModSeq> mod_seq,
                          std::string_view source) {
  std::string line;
  if (returns.options == Returns::save && !returns.partial) return line;
  append_esearch_start(line, tag, form, source);
  if (!numbers.empty()) {
    if (returns.has(Returns::min)) append_item(line, " MIN ", numbers.front());
    if (returns.has(Returns::max)) append_item(line, " MAX ", numbers.back());
    if (returns.has(Returns::all)) {
      line.append(" ALL ");
      append_ordered_set(line, numbers);
    }
  }
  if (returns.partial) {
    const Slice part = slice(*returns.partial, numbers.size());
    line.append(fmt::format(" PARTIAL ({}:{} ", returns.partial->first, returns.partial->last));
    if (part.begin == part.end) {
      line.append("NIL");
    } else {
      append_ordered_set(line, numbers.subspan(part.begin, part.end - part.begin));
    }
    line.push_back(')');
    if (!relevancy.empty()) relevancy = relevancy.subspan(part.begin, part.end - part.begin);
  }
  if (returns.has(Returns::relevancy) && !relevancy.empty()) {
    line.append(" RELEVANCY (");
    for (const std::uint8_t score : relevancy) {
      append_number(line, score);
      line.push_back(' ');
    }
    line.back() = ')';
  }
  if (returns.has(Returns::count))
    append_item(line, " COUNT ", static_cast<std::uint32_t>(numbers.size()));
  if (mod_seq) line.append(fmt::format(" MODSEQ {}", mod_seq->value));
  line.append("\r\n");
  return line;
}

Slice slice(const wire::imap::PartialRange& range, std::size_t size) {
  const auto count = static_cast<std::int64_t>(size);
  std::int64_t low = std::min(range.first, range.last);
  std::int64_t high = std::max(range.first, range.last);
  if (low < 0) {
    // -1 is the last one.
    low = std::max<std::int64_t>(count + low, 0) + 1;
    high = count + high + 1;
  }
  const std::int64_t begin = std::min(low - 1, count);
  const std::int64_t end = std::clamp(high, begin, count);
  return {static_cast<std::size_t>(begin), static_cast<std::size_t>(end)};
}

namespace {

/// The places in a list of `size` results that a program hears of by themselves, in rising order;
/// all of them if it hears of all, or of their number.
std::vector<Slice> told_places(const Returns& returns, std::size_t size) {
  const bool narrow = (returns.partial || returns.has(Returns::min) || returns.has(Returns::max)) &&
                      !returns.has(Returns::all) && !returns.has(Returns::count);
  if (!narrow) return {{0, size}};
  std::vector<Slice> places;
  if (size == 0) return places;
  if (returns.has(Returns::min)) places.push_back({0, 1});
  if (returns.has(Returns::max)) places.push_back({size - 1, size});
  if (returns.partial) places.push_back(slice(*returns.partial, size));
  return places;
}

}  // namespace

std::optional<ModSeq> told_mod_seq(const std::optional<Returns>& returns, const Found& found) {
  const std::size_t size = found.messages.size();
  std::optional<ModSeq> highest;
  for (const Slice& part : returns ? told_places(*returns, size) : std::vector<Slice>{{0, size}}) {
    for (std::size_t i = part.begin; i < part.end; ++i)
      highest = std::max(highest.value_or(ModSeq(0)), found.view->at(found.messages[i]).mod_seq);
  }
  return highest;
}

UidSet saved_part(const Returns& returns, const Found& found) {
  std::vector<UidSet::Range> ranges;
  for (const Slice& part : told_places(returns, found.messages.size())) {
    for (std::size_t i = part.begin; i < part.end; ++i) {
      const Uid uid = found.view->at(found.messages[i]).uid;
      if (!ranges.empty() && ranges.back().last.next() == uid) {
        ranges.back().last = uid;
      } else {
        ranges.push_back({uid, uid});
      }
    }
  }
  return UidSet(std::move(ranges));
}

}  // namespace postern::imap
