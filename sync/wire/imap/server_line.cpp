#include "sync/wire/imap/server_line.h"

#include <algorithm>

#include "sync/wire/ascii.h"
#include "sync/wire/imap/characters.h"

namespace postern::wire::imap {
namespace {

std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find(' '));
}

/// Where the names stand that a line tells, as a part of it; empty if it tells none.
std::string_view names_in(std::string_view line) {
  const ServerLine parsed = parse_server_line(line);
  if (parsed.keyword.empty()) return {};
  const auto behind =
      static_cast<std::size_t>(parsed.keyword.data() - line.data()) + parsed.keyword.size();
  std::string_view rest = line.substr(behind);
  if (parsed.kind == ServerLine::Kind::untagged && parsed.is("CAPABILITY")) return rest;
  constexpr std::string_view code = " [CAPABILITY ";
  const bool has_code =
      rest.size() > code.size() && equal_ignoring_case(rest.substr(0, code.size()), code);
  if (!has_code) return {};
  rest.remove_prefix(code.size() - 1);
  return rest.substr(0, rest.find(']'));
}

/// Hands out each name with the blanks before it.
template <class Each>
void for_each_name(std::string_view names, Each each) {
  while (!names.empty()) {
    const std::size_t begin = std::min(names.find_first_not_of(' '), names.size());
    const std::size_t end = std::min(names.find(' ', begin), names.size());
    each(names.substr(0, begin), names.substr(begin, end - begin));
    names.remove_prefix(end);
  }
}

}  // namespace

bool ServerLine::is(std::string_view name) const {
  return equal_ignoring_case(keyword, name);
}

ServerLine parse_server_line(std::string_view line) {
  ServerLine out;
  if (line == "+" || line.starts_with("+ ")) {
    out.kind = ServerLine::Kind::go_ahead;
    return out;
  }
  const std::string_view first = first_word(line);
  if (first.empty() || first.size() + 1 >= line.size()) return out;
  if (first != "*" && !std::ranges::all_of(first, is_tag_char)) return out;
  out.keyword = first_word(line.substr(first.size() + 1));
  if (out.keyword.empty()) return out;
  out.kind = first == "*" ? ServerLine::Kind::untagged : ServerLine::Kind::tagged;
  if (first != "*") out.tag = first;
  return out;
}

std::vector<std::string> capabilities_in(std::string_view line) {
  std::vector<std::string> out;
  for_each_name(names_in(line), [&](std::string_view, std::string_view one) {
    if (!one.empty()) out.emplace_back(one);
  });
  return out;
}

bool tells_capability(std::string_view line, std::string_view name) {
  bool found = false;
  for_each_name(names_in(line), [&](std::string_view, std::string_view one) {
    found = found || equal_ignoring_case(one, name);
  });
  return found;
}

std::string without_capabilities(std::string_view line, std::span<const std::string_view> names) {
  const std::string_view told = names_in(line);
  if (told.empty()) return std::string(line);
  const auto at = static_cast<std::size_t>(told.data() - line.data());
  std::string out(line.substr(0, at));
  for_each_name(told, [&](std::string_view blanks, std::string_view one) {
    const bool unwanted = std::ranges::any_of(
        names, [one](std::string_view name) { return equal_ignoring_case(one, name); });
    if (unwanted) return;
    out += blanks;
    out += one;
  });
  return out.append(line.substr(at + told.size()));
}

}  // namespace postern::wire::imap
