#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postern::wire::mime {

/// RFC 3676 section 4, the parameters `format` and `delsp` of text/plain.
enum class Flow : std::uint8_t { fixed, flowed, flowed_delsp };

/// Text with CRLF or LF as readers see it: LF at the end of each line, and of flowed text each
/// paragraph one line, without space-stuffing, behind as many '>' as it is quoted deep and a space.
/// RFC 3676 section 4.2.
[[nodiscard]] std::string unflowed(std::string_view text, Flow flow);

}  // namespace postern::wire::mime
