#include "sync/wire/mbox/measure.h"

namespace postern::wire::mbox {

void Measure::feed(std::string_view octets) {
  scan_.feed(
      octets, [this](std::string_view part) { take(part); },
      [this](std::size_t /*quotes*/) { quotes_ += octets_ >= text_begin_ ? 1 : 0; });
}

void Measure::finish() {
  scan_.finish([this](std::string_view part) { take(part); });
}

/// Parts of lines: the only LF is the last octet.
void Measure::take(std::string_view octets) {
  octets_ += octets.size();
  if (octets.ends_with('\n')) {
    const std::size_t size = octets.size();
    const char before = size > 1 ? octets[size - 2] : last_;
    const char second = size > 2 ? octets[size - 3] : size > 1 ? last_ : before_last_;
    clean_ = clean_ && before == '\r' && second != '\r';
    if (octets_ > text_begin_) ++line_ends_;
  }
  before_last_ = octets.size() > 1 ? octets[octets.size() - 2] : last_;
  last_ = octets.back();
}

std::uint64_t Measure::text_octets(Variant variant) const {
  if (!has_header_end()) return 0;
  std::uint64_t count = octets_ - text_begin_;
  if (clean()) count -= line_ends_;
  return variant == Variant::mboxcl ? count + quotes_ : count;
}

}  // namespace postern::wire::mbox
