#include "proxy/relay/line_queue.h"

#include <algorithm>

#include "sync/base/secret.h"
#include "sync/base/wiping.h"

namespace postern::relay {

LineQueue::~LineQueue() {
  wipe(octets_);
}

void LineQueue::forget_used() {
  if (used_ == 0) return;
  const std::size_t left = size();
  std::copy(octets_.begin() + static_cast<std::ptrdiff_t>(used_), octets_.end(), octets_.begin());
  wipe(octets_.data() + left, used_);
  octets_.resize(left);
  scanned_ -= std::min(scanned_, used_);
  used_ = 0;
}

void LineQueue::add(std::string_view octets) {
  forget_used();
  append_wiping(octets_, octets);
}

std::optional<std::string_view> LineQueue::line() {
  const std::size_t end = octets_.find('\n', std::max(scanned_, used_));
  if (end == std::string::npos || end - used_ >= limit_) {
    scanned_ = octets_.size();
    too_long_ = too_long_ || size() >= limit_;
    return std::nullopt;
  }
  std::string_view line(octets_.data() + used_, end - used_);
  if (line.ends_with('\r')) line.remove_suffix(1);
  used_ = end + 1;
  return line;
}

std::string_view LineQueue::take(std::size_t most) {
  const std::string_view octets(octets_.data() + used_, std::min(most, size()));
  used_ += octets.size();
  return octets;
}

}  // namespace postern::relay
