#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postern::store {

inline constexpr std::size_t mailbox_name_octets = 1024;
inline constexpr std::size_t mailbox_levels = 64;

/// The name as it is stored: a first level that reads INBOX in any case is spelt in capitals (RFC
/// 9051 section 5.1).
[[nodiscard]] std::string canonical_name(std::string_view name);
/// Of a canonical name: not too long, not too deep, no empty level, no control character.
[[nodiscard]] bool possible_name(std::string_view name);
/// The names above a canonical name, the shortest first.
[[nodiscard]] std::vector<std::string> superiors(std::string_view name);

}  // namespace postern::store
