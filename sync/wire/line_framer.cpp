#include "sync/wire/line_framer.h"

namespace postern::wire {

namespace {

std::string_view without_cr(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

}  // namespace

LineFramer::Status LineFramer::next(std::string_view& input) {
  if (finished_) {
    partial_.clear();
    finished_ = false;
  }
  const std::size_t end = input.find('\n');
  const std::size_t here = end == std::string_view::npos ? input.size() : end;
  // One octet more than the limit may be the CR of the line's end.
  if (partial_.size() + here > limit_ + 1) return Status::too_long;
  if (end == std::string_view::npos) {
    append_wiping(partial_, input);
    input = {};
    return Status::more;
  }
  if (partial_.empty()) {
    line_ = without_cr(input.substr(0, end));
  } else {
    append_wiping(partial_, input.substr(0, end));
    finished_ = true;
    line_ = without_cr(partial_);
  }
  input.remove_prefix(end + 1);
  return line_.size() > limit_ ? Status::too_long : Status::line;
}

}  // namespace postern::wire
