#include "sync/wire/pop3/listing.h"

#include <openssl/sha.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

#include "sync/wire/command_text.h"

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

/// Reserves room for the announced count, capped, so that nothing moves as it comes; a count that
/// lies costs address space only.
void ListingBuilder::stat(std::optional<DropSize> size) {
  stat_ = size;
  if (!size) return;
  const std::size_t count = std::min<std::size_t>(size->count, most_messages);
  sizes_.reserve(count);
  listing_.messages.reserve(count);
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
    listing_.messages.push_back({entry->number, 0, texts_->keep(entry->uidl)});
  } else {
    flaw(Reliability::broken, "a line of UIDL makes no sense");
  }
  return uidl_lines_ <= most_messages;
}

std::optional<ListingPrint> ListingBuilder::print() const {
  if (!stat_ || listing_.reliability != Reliability::complete) return std::nullopt;
  SHA256_CTX sha;
  SHA256_Init(&sha);
  for (const ListedMessage& message : listing_.messages) {
    const std::array<std::uint64_t, 2> fixed{message.number, message.uidl.size()};
    SHA256_Update(&sha, fixed.data(), sizeof fixed);
    SHA256_Update(&sha, message.uidl.data(), message.uidl.size());
  }
  ListingPrint print{*stat_};
  SHA256_Final(print.ids.data(), &sha);
  return print;
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
  const auto& messages = listing_.messages;
  if (std::ranges::any_of(messages, &std::string_view::empty, &ListedMessage::uidl))
    flaw(Reliability::ambiguous, "UIDL gives an empty id");
  // Nearly all servers count upwards; and a sorted list of places is the smallest index there is.
  const auto rises = [](const ListedMessage& a, const ListedMessage& b) {
    return a.uidl >= b.uidl;
  };
  if (std::ranges::adjacent_find(messages, rises) == messages.end()) return;
  const auto uidl = [&](std::uint32_t place) { return messages[place].uidl; };
  std::vector<std::uint32_t> places(messages.size());
  std::iota(places.begin(), places.end(), 0U);
  std::ranges::sort(places, {}, uidl);
  if (std::ranges::adjacent_find(places, {}, uidl) != places.end())
    flaw(Reliability::ambiguous, "UIDL gives one id to several messages");
}

Listing ListingBuilder::take() {
  sizes_ = {};
  listing_.texts = std::move(texts_);
  return std::move(listing_);
}

Listing ListingBuilder::finish() {
  listing_.print = print();
  order();
  match_sizes();
  find_repeated_ids();
  if (!stat_) {
    flaw(Reliability::ambiguous, "the answer to STAT makes no sense");
  } else if (stat_->count != listing_.messages.size()) {
    flaw(Reliability::ambiguous, "STAT counts other messages than UIDL");
  }
  return take();
}

Listing ListingBuilder::finish_without_ids() {
  listing_ = {};
  listing_.ids = Ids::none;
  for (const ScanLine& size : sizes_) {
    std::string number(1, '\0');
    number += std::to_string(size.number);
    listing_.messages.push_back({size.number, size.octets, texts_->keep(number)});
  }
  if (sizes_.size() != list_lines_) flaw(Reliability::broken, "a line of LIST makes no sense");
  order();
  // Nothing but STAT bears LIST out.
  if (!stat_ || stat_->count != listing_.messages.size())
    flaw(Reliability::broken, "STAT counts other messages than LIST");
  return take();
}

}  // namespace postern::wire::pop3
