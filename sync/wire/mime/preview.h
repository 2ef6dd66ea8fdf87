#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sync/wire/mime/structure.h"

namespace postern::wire::mime {

inline constexpr std::size_t preview_characters = 200;
inline constexpr std::size_t preview_octets = 64UL * 1024;

/// The part that the preview of the message is made of: its first text/plain, or else its first
/// text/html, and nothing of the messages within. nullopt: it has none.
[[nodiscard]] std::optional<std::uint32_t> preview_part(const Structure& structure);

/// RFC 8970 section 3: what a reader wants to see of a text first, at most 200 characters (code
/// points), white space collapsed. Quotations, the line that introduces them and the signature are
/// left out, unless there is nothing else. `text` is UTF-8 as `part_text` gives it, and the first
/// `preview_octets` of a long one are enough.
[[nodiscard]] std::string preview(std::string_view text);

}  // namespace postern::wire::mime
