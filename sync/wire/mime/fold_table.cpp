#include "sync/wire/mime/fold_table.h"

#include <memory>

#include "sync/wire/mime/normalization.h"
#include "sync/wire/mime/unicode.h"

namespace postern::wire::mime {
namespace {

/// One character; half of a surrogate pair is none.
std::string utf8_of(char32_t point) {
  constexpr char32_t first_pair = 0x10000;
  std::u16string units;
  if (point < first_pair) {
    units += static_cast<char16_t>(point);
  } else {
    units += static_cast<char16_t>(0xd800 + ((point - first_pair) >> 10));
    units += static_cast<char16_t>(0xdc00 + ((point - first_pair) & 0x3ff));
  }
  return utf8_from(units);
}

}  // namespace

FoldTable& FoldTable::shared() {
  static FoldTable table;
  return table;
}

std::optional<std::string_view> FoldTable::find(char32_t point) {
  if (point >= points) return std::nullopt;
  const Page& found = page(point >> page_bits);
  const Page::Entry& entry = found.entries[point % page_points];
  if (entry.joins) return std::nullopt;
  return std::string_view(found.octets).substr(entry.begin, entry.size);
}

const FoldTable::Page& FoldTable::page(std::size_t number) {
  std::atomic<const Page*>& place = pages_[number];
  if (const Page* there = place.load(std::memory_order_acquire)) return *there;
  auto made = std::make_unique<Page>();
  for (std::size_t i = 0; i < page_points; ++i) {
    const auto point = static_cast<char32_t>(number << page_bits | i);
    Page::Entry& entry = made->entries[i];
    entry.begin = static_cast<std::uint16_t>(made->octets.size());
    entry.joins = !folds_apart(point);
    if (!entry.joins) made->octets += folded_together(utf8_of(point));
    entry.size = static_cast<std::uint8_t>(made->octets.size() - entry.begin);
  }
  // Two threads may make the same one.
  const Page* there = nullptr;
  if (!place.compare_exchange_strong(there, made.get(), std::memory_order_acq_rel)) return *there;
  return *made.release();
}

}  // namespace postern::wire::mime
