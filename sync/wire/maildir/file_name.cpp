#include "sync/wire/maildir/file_name.h"

#include <algorithm>
#include <array>

#include "sync/base/flags.h"

namespace postern::wire::maildir {

namespace {

struct Letter {
  char letter;
  SystemFlag flag;
};
/// In the order in which they stand in names.
constexpr std::array<Letter, 5> letters = {{{'D', SystemFlag::draft},
                                            {'F', SystemFlag::flagged},
                                            {'R', SystemFlag::answered},
                                            {'S', SystemFlag::seen},
                                            {'T', SystemFlag::deleted}}};
constexpr char passed_letter = 'P';

/// Where ":2," stands.
std::size_t info_of(std::string_view name) {
  for (std::size_t at = name.rfind("2,"); at != std::string_view::npos && at != 0;
       at = name.rfind("2,", at - 1)) {
    const char before = name[at - 1];
    if (before == ':' || before == ';' || before == '!') return at - 1;
  }
  return std::string_view::npos;
}

}  // namespace

FileName parse_file_name(std::string_view name) {
  FileName parsed;
  const std::size_t info = info_of(name);
  parsed.unique = name.substr(0, info);
  if (info == std::string_view::npos) return parsed;
  for (const char letter : name.substr(info + 3)) {
    // Others may put more behind another comma.
    if (letter == ',') break;
    if (letter == passed_letter) parsed.passed = true;
    if (letter >= 'a' && letter <= 'z') parsed.keywords += letter;
    for (const auto& [known, flag] : letters) {
      if (letter == known) parsed.flags |= static_cast<std::uint8_t>(flag);
    }
  }
  std::ranges::sort(parsed.keywords);
  return parsed;
}

std::string format_file_name(const FileName& name) {
  std::string flags;
  for (const auto& [letter, flag] : letters) {
    if ((name.flags & static_cast<std::uint8_t>(flag)) != 0) flags += letter;
  }
  if (name.passed) flags += passed_letter;
  std::ranges::sort(flags);
  return name.unique + ":2," + flags + name.keywords;
}

}  // namespace postern::wire::maildir
