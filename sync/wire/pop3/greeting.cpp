#include "sync/wire/pop3/greeting.h"

#include <algorithm>

namespace postern::wire::pop3 {

namespace {

constexpr std::size_t longest_timestamp = 256;

/// RFC 5322 section 3.2.3, without quoted strings: nobody has those in a greeting.
bool atext_or_dot(char octet) {
  const bool letter = (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z');
  const bool digit = octet >= '0' && octet <= '9';
  return letter || digit ||
         std::string_view("!#$%&'*+-/=?^_`{|}~.").find(octet) != std::string_view::npos;
}

bool domain_octet(char octet) {
  return atext_or_dot(octet) || octet == '[' || octet == ']' || octet == ':';
}

}  // namespace

std::optional<std::string_view> apop_timestamp(std::string_view text) {
  const std::size_t end = text.rfind('>');
  if (end == std::string_view::npos) return std::nullopt;
  const std::size_t begin = text.rfind('<', end);
  if (begin == std::string_view::npos || end - begin > longest_timestamp) return std::nullopt;
  const std::string_view inside = text.substr(begin + 1, end - begin - 1);
  const std::size_t at = inside.find('@');
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view left = inside.substr(0, at);
  const std::string_view right = inside.substr(at + 1);
  if (left.empty() || right.empty()) return std::nullopt;
  if (!std::ranges::all_of(left, atext_or_dot) || !std::ranges::all_of(right, domain_octet))
    return std::nullopt;
  return text.substr(begin, end - begin + 1);
}

}  // namespace postern::wire::pop3
