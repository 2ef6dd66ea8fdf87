#include "sync/wire/command_text.h"

#include <charconv>

#include "sync/wire/ascii.h"

namespace postern::wire {

bool is_word(std::string_view word, std::string_view capitals) {
  if (word.size() != capitals.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i)
    if (to_upper(word[i]) != capitals[i]) return false;
  return true;
}

std::string_view take_word(std::string_view& rest) {
  while (!rest.empty() && blanks(rest.front())) rest.remove_prefix(1);
  std::size_t length = 0;
  while (length < rest.size() && !blanks(rest[length])) ++length;
  const std::string_view word = rest.substr(0, length);
  rest.remove_prefix(length);
  return word;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && blanks(text.front())) text.remove_prefix(1);
  while (!text.empty() && blanks(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<std::uint64_t> number(std::string_view digits) {
  std::uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, value);
  if (digits.empty() || error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

}  // namespace postern::wire
