#pragma once

#include <string>
#include <string_view>

namespace postern::wire::mime {

/// RFC 9051 section 7.5.2: the ENVELOPE of the message with this header, "(...)", ready to send.
/// Each list of addresses is cut after about `address_list_octets`.
[[nodiscard]] std::string envelope(std::string_view header);

/// The envelope of a message about which nothing is known.
[[nodiscard]] std::string empty_envelope();

inline constexpr std::size_t address_list_octets = 256 * 1024;

}  // namespace postern::wire::mime
