#include "sync/store/body_rows.h"

#include <cstdint>

namespace postern::store {

namespace {

/// Rows that are passed over to the next one wanted before looking for it anew costs less.
constexpr std::int64_t passed_over = 8;

}  // namespace

std::optional<std::string_view> BodyRows::of(BodyId body) {
  if (!row_ || at_ >= body || body.value - at_.value > passed_over) {
    row_.reset();  // before the statement is used again
    row_.emplace(select_(body));
    at_ = BodyId(0);
  }
  while (at_ < body) {
    if (!row_->step()) {
      row_.reset();
      return std::nullopt;
    }
    at_ = row_->id<BodyId>(0);
  }
  if (at_ != body) return std::nullopt;
  return row_->octets(1);
}

}  // namespace postern::store
