#pragma once

#include <optional>
#include <string_view>

namespace postern::wire::pop3 {

/// The timestamp in the text of a greeting, "<" to ">", by which a server offers APOP (RFC 1939
/// section 7). Nothing that is no message id counts: an attacker who may choose the challenge
/// freely learns the password from a few hundred answers. A view into `text`.
[[nodiscard]] std::optional<std::string_view> apop_timestamp(std::string_view text);

}  // namespace postern::wire::pop3
