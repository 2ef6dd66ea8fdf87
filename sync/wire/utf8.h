#pragma once

#include <string_view>

namespace postern::wire {

/// RFC 3629: no over-long forms, no surrogates, nothing above U+10FFFF, nothing cut off.
[[nodiscard]] bool valid_utf8(std::string_view octets);

}  // namespace postern::wire
