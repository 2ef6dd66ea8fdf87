#include "sync/store/text_numbers.h"

#include <algorithm>

#include <openssl/rand.h>
#include <openssl/siphash.h>

namespace postern::store {

namespace {

constexpr std::size_t block_octets = 16UL * 1024;
constexpr std::size_t first_slots = 64;

/// The first eight octets, so that numbers compare as the texts do: most comparisons look at
/// nothing else.
std::uint64_t head_of(std::string_view text) {
  std::uint64_t head = 0;
  for (std::size_t i = 0; i < sizeof head; ++i)
    head = head << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0U);
  return head;
}

}  // namespace

TextNumbers::TextNumbers() : key_{}, texts_(1), slots_(first_slots, 0) {
  RAND_bytes(reinterpret_cast<std::uint8_t*>(key_), sizeof key_);
}

std::uint64_t TextNumbers::hash(std::string_view text) const {
  return SIPHASH_24(key_, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

std::uint32_t TextNumbers::number(std::string_view text) {
  if (text.empty()) return 0;
  // At most half full, so that a free slot is near.
  if (2 * texts_.size() > slots_.size()) grow();
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash(text) & mask;
  for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
    if (texts_[slots_[slot]] == text) return slots_[slot];
  }
  slots_[slot] = end();
  texts_.push_back(keep(text));
  return slots_[slot];
}

void TextNumbers::grow() {
  slots_.assign(2 * slots_.size(), 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t number = 1; number < end(); ++number) {
    std::size_t slot = hash(texts_[number]) & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = number;
  }
}

std::string_view TextNumbers::keep(std::string_view text) {
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < text.size()) {
    blocks_.emplace_back();
    blocks_.back().reserve(std::max(block_octets, text.size()));
    octets_ += blocks_.back().capacity();
  }
  std::string& block = blocks_.back();
  const std::size_t begin = block.size();
  block.append(text);
  octets_ += sizeof text + 4 * sizeof(std::uint32_t);
  return std::string_view(block).substr(begin);
}

std::span<const std::uint32_t> TextNumbers::ranks() const {
  const std::size_t before = order_.size();
  if (before == texts_.size()) return ranks_;
  struct New {
    std::uint64_t head;
    std::uint32_t number;
  };
  std::vector<New> added;
  added.reserve(texts_.size() - before);
  for (auto number = static_cast<std::uint32_t>(before); number < end(); ++number)
    added.push_back({head_of(texts_[number]), number});
  std::ranges::sort(added, [&](const New& a, const New& b) {
    return a.head != b.head ? a.head < b.head : texts_[a.number] < texts_[b.number];
  });
  order_.reserve(texts_.size());
  for (const New& one : added) order_.push_back(one.number);
  std::ranges::inplace_merge(order_, order_.begin() + static_cast<std::ptrdiff_t>(before), {},
                             [&](std::uint32_t number) { return texts_[number]; });
  ranks_.resize(order_.size());
  for (std::uint32_t rank = 0; rank < order_.size(); ++rank) ranks_[order_[rank]] = rank;
  return ranks_;
}

}  // namespace postern::store
