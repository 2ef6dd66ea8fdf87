#include "sync/wire/pop3/listing.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "sync/wire/pop3/text.h"

namespace postern::wire::pop3 {

namespace {

std::optional<std::uint32_t> take_number(std::string_view& rest) {
  const auto value = number(take_word(rest));
  if (!value || *value > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

bool control(char octet) {
  const auto value = static_cast<unsigned char>(octet);
  return value < 0x20 || value == 0x7f;
}

}  // namespace

std::optional<DropSize> parse_stat(std::string_view text) {
  const auto count = take_number(text);
  const auto octets = number(take_word(text));
  if (!count || !octets) return std::nullopt;
  return DropSize{*count, *octets};
}

std::optional<ScanLine> parse_list_line(std::string_view line) {
  const auto message = take_number(line);
  if (!message || *message == 0) return std::nullopt;
  return ScanLine{*message, number(take_word(line)).value_or(0)};
}

std::optional<UidLine> parse_uidl_line(std::string_view line) {
  const auto message = take_number(line);
  if (!message || *message == 0) return std::nullopt;
  const std::string_view uidl = trimmed(line);
  if (uidl.size() > longest_uidl || std::ranges::any_of(uidl, control)) return std::nullopt;
  return UidLine{*message, uidl};
}

void ListingBuilder::flaw(Reliability reliability, const char* what) {
  if (listing_.reliability == Reliability::complete) listing_.flaw = what;
  listing_.reliability = std::max(listing_.reliability, reliability);
}

bool ListingBuilder::list_line(std::string_view line) {
  ++list_lines_;
  // A line that is not understood leaves its message without a size, which match_sizes() notices.
  if (const auto size = parse_list_line(line)) sizes_.push_back(*size);
  return list_lines_ <= most_messages;
}

bool ListingBuilder::uidl_line(std::string_view line) {
  ++uidl_lines_;
  if (const auto entry = parse_uidl_line(line)) {
    listing_.messages.push_back({entry->number, 0, std::string(entry->uidl)});
  } else {
    flaw(Reliability::broken, "a line of UIDL makes no sense");
  }
  return uidl_lines_ <= most_messages;
}

void ListingBuilder::order() {
  auto& messages = listing_.messages;
  if (!std::ranges::is_sorted(messages, {}, &ListedMessage::number))
    std::ranges::sort(messages, [](const ListedMessage& a, const ListedMessage& b) {
      return std::tie(a.number, a.uidl) < std::tie(b.number, b.uidl);
    });
  const auto repeated = std::ranges::unique(messages, {}, &ListedMessage::number);
  if (!repeated.empty()) {
    flaw(Reliability::broken, "UIDL names a message twice");
    messages.erase(repeated.begin(), repeated.end());
  }
  if (!messages.empty() && messages.back().number != messages.size())
    flaw(Reliability::broken, "UIDL leaves out messages");
}

void ListingBuilder::match_sizes() {
  if (!std::ranges::is_sorted(sizes_, {}, &ScanLine::number))
    std::ranges::sort(sizes_, {}, &ScanLine::number);
  auto size = sizes_.begin();
  std::size_t matched = 0;
  for (ListedMessage& message : listing_.messages) {
    while (size != sizes_.end() && size->number < message.number) ++size;
    if (size == sizes_.end() || size->number != message.number) continue;
    message.octets = size->octets;
    ++matched;
  }
  // The sizes themselves are often wrong and harmless; that LIST and UIDL speak of the same
  // messages is what counts.
  if (matched != listing_.messages.size() || list_lines_ != uidl_lines_)
    flaw(Reliability::broken, "LIST and UIDL name different messages");
}

void ListingBuilder::find_repeated_ids() {
  std::unordered_set<std::string_view> seen;
  seen.reserve(listing_.messages.size());
  for (const ListedMessage& message : listing_.messages) {
    if (message.uidl.empty()) flaw(Reliability::ambiguous, "UIDL gives an empty id");
    if (!seen.insert(message.uidl).second)
      flaw(Reliability::ambiguous, "UIDL gives one id to several messages");
  }
}

Listing ListingBuilder::finish() {
  order();
  match_sizes();
  find_repeated_ids();
  if (!stat_) {
    flaw(Reliability::ambiguous, "the answer to STAT makes no sense");
  } else if (stat_->count != listing_.messages.size()) {
    flaw(Reliability::ambiguous, "STAT counts other messages than UIDL");
  }
  return std::move(listing_);
}

Listing ListingBuilder::finish_without_ids() {
  listing_ = {};
  listing_.ids = Ids::none;
  for (const ScanLine& size : sizes_) {
    std::string number(1, '\0');
    number += std::to_string(size.number);
    listing_.messages.push_back({size.number, size.octets, std::move(number)});
  }
  if (sizes_.size() != list_lines_) flaw(Reliability::broken, "a line of LIST makes no sense");
  order();
  // Nothing but STAT bears LIST out.
  if (!stat_ || stat_->count != listing_.messages.size())
    flaw(Reliability::broken, "STAT counts other messages than LIST");
  return std::move(listing_);
}

}  // namespace postern::wire::pop3
