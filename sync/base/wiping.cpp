#include "sync/base/wiping.h"

#include <algorithm>

namespace postern {

void append_wiping(std::string& to, std::string_view octets) {
  const std::size_t wanted = to.size() + octets.size();
  if (wanted > to.capacity()) {
    std::string larger;
    larger.reserve(std::max(wanted, 2 * to.capacity()));
    larger += to;
    wipe(to);
    to.swap(larger);
  }
  to += octets;
}

}  // namespace postern
