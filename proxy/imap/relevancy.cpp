#include "proxy/imap/relevancy.h"

#include <algorithm>
#include <array>

#include "sync/store/folded_fields.h"
#include "sync/wire/ascii.h"
#include "sync/wire/mime/text.h"

namespace postern::imap {
namespace {

using Kind = wire::imap::SearchKey::Kind;

constexpr unsigned most = 100;
constexpr unsigned elsewhere = 10;

struct Field {
  std::string_view name;
  unsigned least;  ///< what a text in it scores
  unsigned more;   ///< what is added if it is all of the field
};
constexpr std::array<Field, 5> fields_that_count = {
    {{"Subject", 60, 40}, {"From", 40, 40}, {"To", 30, 30}, {"Cc", 30, 30}, {"Bcc", 30, 30}}};

}  // namespace

Relevancy::Relevancy(const wire::imap::SearchKey& key) {
  collect(key);
}

void Relevancy::collect(const wire::imap::SearchKey& key) {
  // What must not be there makes no message fit better.
  if (key.kind == Kind::not_) return;
  const bool text = key.kind == Kind::header || key.kind == Kind::body || key.kind == Kind::text;
  if (text && key.match == wire::imap::SearchKey::Match::fuzzy && !key.value.empty())
    needles_.push_back({key.name, wire::mime::fold(key.value)});
  for (const auto& child : key.children) collect(child);
}

unsigned Relevancy::score(const Needle& needle, std::string_view fields) {
  unsigned best = elsewhere;
  for (const Field& field : fields_that_count) {
    if (!needle.field.empty() && !wire::equal_ignoring_case(needle.field, field.name)) continue;
    const std::size_t size = store::FoldedFields::shortest_with(fields, field.name, needle.folded);
    if (size == 0) continue;
    const auto part = static_cast<unsigned>(field.more * needle.folded.size() / size);
    best = std::max(best, field.least + part);
  }
  return best;
}

std::uint8_t Relevancy::score(store::Reader& reader, BodyId body) const {
  if (needles_.empty()) return most;
  const std::string_view fields = reader.folded_fields(body).value_or(std::string_view());
  unsigned sum = 0;
  for (const Needle& needle : needles_) sum += score(needle, fields);
  return static_cast<std::uint8_t>(std::clamp<std::size_t>(sum / needles_.size(), 1, most));
}

}  // namespace postern::imap
