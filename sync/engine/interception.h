#pragma once

#include <optional>
#include <string_view>

namespace postern::engine {

/// The antivirus program or proxy that made a certificate instead of the server, if the words of
/// the certificate (its issuer) name one that is known to. For an explanation only.
[[nodiscard]] std::optional<std::string_view> interceptor(std::string_view issuer);

}  // namespace postern::engine
