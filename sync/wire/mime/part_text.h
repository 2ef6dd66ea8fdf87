#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sync/wire/mime/flowed.h"
#include "sync/wire/mime/structure.h"

namespace postern::wire::mime {

enum class TextKind : std::uint8_t {
  none,
  plain,  ///< text/plain, and what has no type that can be read: RFC 2045 section 5.2
  html,
  other,  ///< any other text
};

[[nodiscard]] TextKind text_kind(const Part& part);

/// What the header of a text/plain part says of its lines; no other part flows.
[[nodiscard]] Flow text_flow(std::string_view part_header);

/// The text of a part's body as a reader sees it, in UTF-8 with LF: transfer encoding and charset
/// undone, HTML and flowed text laid out. A charset that is not declared is what the octets look
/// like (`to_utf8`), or what HTML says of itself. `body` may be cut off anywhere.
[[nodiscard]] std::string part_text(std::string_view body, const Part& part, Flow flow);

}  // namespace postern::wire::mime
