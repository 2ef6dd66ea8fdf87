#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "sync/base/secret.h"
#include "sync/wire/sasl/scram.h"

/// What both sides of SCRAM compute (RFC 5802 section 2.2, section 3).
namespace postern::wire::sasl::scram {

/// What our own keys are made with. RFC 7677 section 4 wants 4096 at least; more would cost phones
/// their battery.
inline constexpr unsigned usual_iterations = 4096;
/// Of a key.
[[nodiscard]] std::size_t key_octets(ScramHash hash);

[[nodiscard]] std::string hmac(ScramHash hash, std::string_view key, std::string_view text);
[[nodiscard]] std::string digest(ScramHash hash, std::string_view text);
/// Hi(), which is PBKDF2.
[[nodiscard]] Secret salted_password(ScramHash hash, std::string_view password,
                                     std::string_view salt, unsigned iterations);
/// `a` and `b` are equally long.
[[nodiscard]] std::string exclusive_or(std::string a, std::string_view b);

/// The value of the attribute that stands first in `rest`, which is moved behind it; nullopt if it
/// is another one.
[[nodiscard]] std::optional<std::string_view> take_attribute(std::string_view& rest, char letter);

}  // namespace postern::wire::sasl::scram
