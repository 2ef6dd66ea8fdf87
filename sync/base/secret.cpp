#include "sync/base/secret.h"

#include <cstring>

namespace postern {

void wipe(char* octets, std::size_t count) noexcept {
  ::explicit_bzero(octets, count);
}

// A short string that was moved from is empty, but its octets are still there.
void wipe(std::string& text) noexcept {
  text.resize(text.capacity());
  wipe(text.data(), text.size());
  text.clear();
}

}  // namespace postern
