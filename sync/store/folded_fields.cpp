#include "sync/store/folded_fields.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <optional>

#include "sync/wire/ascii.h"

namespace postern::store {

namespace {

constexpr std::array<std::string_view, 6> names = {"subject", "from", "to",
                                                   "cc",      "bcc",  "message-id"};
constexpr std::uint8_t not_kept = 0x80;
constexpr std::size_t head = 1 + sizeof(std::uint32_t);

std::optional<std::uint8_t> number_of(std::string_view name) {
  const auto found = std::ranges::find_if(
      names, [&](std::string_view kept) { return wire::equal_ignoring_case(kept, name); });
  if (found == names.end()) return std::nullopt;
  return static_cast<std::uint8_t>(found - names.begin());
}

void put(std::uint8_t number, std::string_view octets, std::string& out) {
  out += static_cast<char>(number);
  for (unsigned shift = 0; shift < 32; shift += 8)
    out += static_cast<char>(octets.size() >> shift & 0xffU);
  out += octets;
}

struct StoredField {
  std::uint8_t number;
  std::string_view value;
};

/// The first one of those that are left in `stored`; nullopt: there is none.
std::optional<StoredField> next_field(std::string_view& stored) {
  if (stored.size() < head) return std::nullopt;
  const auto octet = [&](std::size_t at) { return static_cast<unsigned char>(stored[at]); };
  const std::size_t size =
      octet(1) | octet(2) << 8U | octet(3) << 16U | static_cast<std::size_t>(octet(4)) << 24U;
  const StoredField field{octet(0), stored.substr(head, size)};
  stored.remove_prefix(head + field.value.size());
  return field;
}

bool occurs(std::string_view value, std::string_view folded) {
  return folded.empty() ||
         ::memmem(value.data(), value.size(), folded.data(), folded.size()) != nullptr;
}

}  // namespace

bool FoldedFields::keeps(std::string_view name) {
  return number_of(name).has_value();
}

void FoldedFields::add(std::string_view name, std::string_view folded) {
  const auto number = number_of(name);
  assert(number);
  if (stored_.size() + head + folded.size() <= most_octets) {
    put(*number, folded, stored_);
  } else if ((marked_ & 1U << *number) == 0) {
    marked_ |= 1U << *number;
    put(*number | not_kept, {}, stored_);
  }
}

FoldedFields::Answer FoldedFields::contains(std::string_view stored, std::string_view name,
                                            std::string_view folded) {
  const auto number = number_of(name);
  Answer answer = Answer::no;
  while (const auto field = next_field(stored)) {
    if (field->number == (*number | not_kept)) answer = Answer::unknown;
    if (field->number == *number && occurs(field->value, folded)) return Answer::yes;
  }
  return answer;
}

bool FoldedFields::any_contains(std::string_view stored, std::string_view folded) {
  while (const auto field = next_field(stored)) {
    if (occurs(field->value, folded)) return true;
  }
  return false;
}

std::size_t FoldedFields::shortest_with(std::string_view stored, std::string_view name,
                                        std::string_view folded) {
  const auto number = number_of(name);
  std::size_t shortest = 0;
  while (const auto field = next_field(stored)) {
    if (field->number == number && occurs(field->value, folded) &&
        (shortest == 0 || field->value.size() < shortest))
      shortest = field->value.size();
  }
  return shortest;
}

}  // namespace postern::store
