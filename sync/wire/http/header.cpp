#include "sync/wire/http/header.h"

#include <strings.h>

#include <algorithm>

namespace postern::wire::http {

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

std::optional<FieldLine> parse_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  FieldLine field{line.substr(0, colon), line.substr(colon + 1)};
  if (!is_token(field.name)) return std::nullopt;
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!field.value.empty() && blank(field.value.front())) field.value.remove_prefix(1);
  while (!field.value.empty() && blank(field.value.back())) field.value.remove_suffix(1);
  const auto control = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7F';
  };
  if (std::ranges::any_of(field.value, control)) return std::nullopt;
  return field;
}

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace postern::wire::http
