#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postern::wire::imap {

/// RFC 3501 section 5.1.3: how mailbox names travel. `utf8` is valid UTF-8.
[[nodiscard]] std::string to_modified_utf7(std::string_view utf8);

/// The reverse, to UTF-8. Strict: each name has one spelling, so encoded ASCII, superfluous shifts,
/// unpaired surrogates, stray bits and 8-bit octets give nullopt.
[[nodiscard]] std::optional<std::string> from_modified_utf7(std::string_view text);

}  // namespace postern::wire::imap
