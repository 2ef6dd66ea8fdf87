#include "sync/wire/imap/flag_list.h"

#include <algorithm>
#include <cstddef>

#include "sync/wire/ascii.h"

namespace postern::wire::imap {

void FlagList::add_keyword(std::string_view keyword) {
  const auto same = [&](const std::string& held) { return equal_ignoring_case(held, keyword); };
  if (std::ranges::none_of(keywords, same)) keywords.emplace_back(keyword);
}

void append_flags(std::string& out, Flags flags, Recent recent,
                  const std::vector<std::string>& names) {
  out.push_back('(');
  const std::size_t start = out.size();
  const auto add = [&](std::string_view name) {
    if (out.size() != start) out.push_back(' ');
    out.append(name);
  };
  for (const auto& [flag, name] : system_flag_names) {
    if (flags.has(flag)) add(name);
  }
  if (recent == Recent::yes) add("\\Recent");
  for (std::size_t i = 0; i < names.size() && flags.keywords >> i != 0; ++i) {
    if ((flags.keywords >> i & 1U) != 0) add(names[i]);
  }
  out.push_back(')');
}

}  // namespace postern::wire::imap
