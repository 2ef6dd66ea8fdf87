#include "sync/wire/http/header.h"

#include <algorithm>

#include "sync/wire/ascii.h"
#include "sync/wire/command_text.h"

namespace postern::wire::http {

namespace {

constexpr OctetSet token_octets([](char c) {
  return alphanumeric(c) || std::string_view("!#$%&'*+-.^_`|~").contains(c);
});

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && token_octets.all(text);
}

std::optional<FieldLine> parse_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  FieldLine field{line.substr(0, colon), line.substr(colon + 1)};
  if (!is_token(field.name)) return std::nullopt;
  field.value = trimmed(field.value);
  const auto control = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7F';
  };
  if (std::ranges::any_of(field.value, control)) return std::nullopt;
  return field;
}

}  // namespace postern::wire::http
