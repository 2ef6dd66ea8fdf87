#include "sync/wire/imap/literal.h"

#include <limits>

#include "sync/wire/imap/characters.h"

namespace postern::wire::imap {

std::optional<Announced> literal_at_end(std::string_view line) {
  if (!line.ends_with('}')) return std::nullopt;
  const std::size_t open = line.rfind('{');
  if (open == std::string_view::npos) return std::nullopt;
  std::string_view digits = line.substr(open + 1, line.size() - open - 2);
  Announced result{line.substr(0, open)};
  if (digits.ends_with('+')) {
    result.literal = Literal::non_synchronising;
    digits.remove_suffix(1);
  }
  if (digits.empty()) return std::nullopt;
  constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max() / 16;
  for (const char c : digits) {
    if (!is_digit(c)) return std::nullopt;
    if (result.octets < largest)
      result.octets = result.octets * 10 + static_cast<unsigned>(c - '0');
  }
  return result;
}

}  // namespace postern::wire::imap
