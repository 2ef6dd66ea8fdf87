#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postern::wire {

/// RFC 4648 section 4, with padding, on one line.
[[nodiscard]] std::string base64_encode(std::string_view octets);

/// The reverse, and nothing else: a wrong character, wrong or missing padding, white space or stray
/// bits behind the last octet give nullopt. For what the protocols carry; MIME bodies need more
/// patience.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

}  // namespace postern::wire
