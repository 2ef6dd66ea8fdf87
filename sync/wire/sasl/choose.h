#pragma once

#include <optional>
#include <span>

#include "sync/wire/sasl/client.h"

namespace postern::wire::sasl {

enum class SecretKind : std::uint8_t { password, token };
enum class Binding : std::uint8_t { none, possible };

/// The strongest of the offered mechanisms that the secret fits; nullopt if there is none.
[[nodiscard]] std::optional<Mechanism> choose(std::span<const Mechanism> offered, SecretKind kind,
                                              Binding binding);

}  // namespace postern::wire::sasl
