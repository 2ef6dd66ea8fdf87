#include "sync/store/mailbox_name.h"

#include <algorithm>

#include "sync/wire/ascii.h"

namespace postern::store {

std::string canonical_name(std::string_view name) {
  constexpr std::string_view inbox = "INBOX";
  const std::string_view first_level = name.substr(0, name.find('/'));
  if (!wire::equal_ignoring_case(first_level, inbox)) return std::string(name);
  return std::string(inbox).append(name.substr(inbox.size()));
}

bool possible_name(std::string_view name) {
  if (name.empty() || name.size() > mailbox_name_octets) return false;
  if (name.front() == '/' || name.back() == '/' || name.find("//") != name.npos) return false;
  if (static_cast<std::size_t>(std::ranges::count(name, '/')) >= mailbox_levels) return false;
  return std::ranges::none_of(
      name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::vector<std::string> superiors(std::string_view name) {
  std::vector<std::string> names;
  for (std::size_t at = name.find('/'); at != name.npos; at = name.find('/', at + 1))
    names.emplace_back(name.substr(0, at));
  return names;
}

}  // namespace postern::store
