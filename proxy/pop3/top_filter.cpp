#include "proxy/pop3/top_filter.h"

#include <algorithm>

namespace postern::pop3 {

std::string_view TopFilter::take(std::string_view octets) {
  const auto header =
      static_cast<std::size_t>(std::min<std::uint64_t>(header_left_, octets.size()));
  header_left_ -= header;
  std::size_t end = header;
  while (header_left_ == 0 && lines_left_ != 0 && end < octets.size()) {
    const std::size_t lf = octets.find('\n', end);
    if (lf == std::string_view::npos) return octets;
    end = lf + 1;
    --lines_left_;
  }
  return octets.substr(0, end);
}

}  // namespace postern::pop3
