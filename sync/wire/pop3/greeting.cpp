#include "sync/wire/pop3/greeting.h"

#include "sync/wire/ascii.h"

namespace postern::wire::pop3 {

namespace {

constexpr std::size_t longest_timestamp = 256;

/// Without quoted strings: nobody has those in a greeting.
constexpr OctetSet local_octets([](char c) { return atext(c) || c == '.'; });
constexpr OctetSet domain_octets([](char c) {
  return local_octets(c) || c == '[' || c == ']' || c == ':';
});

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
  if (!local_octets.all(left) || !domain_octets.all(right)) return std::nullopt;
  return text.substr(begin, end - begin + 1);
}

}  // namespace postern::wire::pop3
