#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "config/config.h"
#include "config/fields.h"

namespace postern::config {

enum class SecretForm : std::uint8_t { password, token };

/// `login:` of a server that takes a secret of this form.
[[nodiscard]] Login read_login(Fields& fields, Tls tls, SecretForm form);

/// "pop3://user@host:port", an IPv6 address in brackets.
[[nodiscard]] std::string server_key(std::string_view scheme, std::string_view user,
                                     const HostPort& server);

}  // namespace postern::config
