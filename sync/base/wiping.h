#pragma once

#include <string>
#include <string_view>

#include "sync/base/secret.h"

namespace postern {

/// For texts that may hold a password and cannot be a Secret, because they hold other things too.
/// Appends; when it has to move to a larger place, the old one is overwritten.
void append_wiping(std::string& to, std::string_view octets);

}  // namespace postern
