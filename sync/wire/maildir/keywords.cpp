#include "sync/wire/maildir/keywords.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "sync/wire/ascii.h"

namespace postern::wire::maildir {

Keywords Keywords::parse(std::string_view text) {
  Keywords parsed;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::size_t number = most;
    const auto [behind, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    const std::string_view name = line.substr(static_cast<std::size_t>(behind - line.data()));
    if (error != std::errc() || number >= most || !name.starts_with(' ')) continue;
    if (parsed.names_.size() <= number) parsed.names_.resize(number + 1);
    parsed.names_[number] = name.substr(1);
  }
  return parsed;
}

std::string Keywords::format() const {
  std::string text;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (!names_[i].empty()) text += fmt::format("{} {}\n", i, names_[i]);
  }
  return text;
}

const std::string& Keywords::name_of(char letter) const {
  static const std::string none;
  const auto at = static_cast<std::size_t>(letter - 'a');
  return letter >= 'a' && at < names_.size() ? names_[at] : none;
}

std::optional<char> Keywords::letter_for(std::string_view keyword) {
  const auto found = std::ranges::find_if(
      names_, [keyword](const std::string& name) { return equal_ignoring_case(name, keyword); });
  const auto at = static_cast<std::size_t>(found - names_.begin());
  if (found == names_.end()) {
    if (at == most) return std::nullopt;
    names_.emplace_back(keyword);
  }
  return static_cast<char>('a' + at);
}

}  // namespace postern::wire::maildir
