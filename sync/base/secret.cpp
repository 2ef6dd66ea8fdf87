#include "sync/base/secret.h"

#include <cstring>

namespace postern {

void wipe(char* octets, std::size_t count) noexcept {
  ::explicit_bzero(octets, count);
}

}  // namespace postern
