#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sync/base/secret.h"

namespace postern::wire {

/// RFC 4616: what the mechanism PLAIN carries. A value of this type has a user and a password that
/// are not empty, hold no NUL and are UTF-8.
struct SaslPlain {
  std::string authorization;  ///< whom to act as; empty: the user
  std::string user;
  Secret password;
};

/// Reads a client's response, in base64 as all the mail protocols send it. nullopt for anything RFC
/// 4616 section 2 does not allow, and for names or passwords over 1000 octets.
[[nodiscard]] std::optional<SaslPlain> parse_sasl_plain(std::string_view base64);

/// The response of a client, in base64; the authorization identity is left empty.
[[nodiscard]] Secret format_sasl_plain(std::string_view user, const Secret& password);

}  // namespace postern::wire
