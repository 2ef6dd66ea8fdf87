#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/base/flags.h"

namespace postern::wire::imap {

/// Flags as a client names them (RFC 3501 section 2.3.2): system flags and keywords, each keyword
/// once (ASCII case does not matter) and an atom.
struct FlagList {
  std::uint8_t system = 0;
  std::vector<std::string> keywords;

  void add(SystemFlag flag) {
    system = static_cast<std::uint8_t>(system | static_cast<std::uint8_t>(flag));
  }
  void add_keyword(std::string_view keyword);
  friend bool operator==(const FlagList&, const FlagList&) = default;
};

inline constexpr std::array<std::pair<SystemFlag, std::string_view>, 5> system_flag_names = {{
    {SystemFlag::answered, "\\Answered"},
    {SystemFlag::flagged, "\\Flagged"},
    {SystemFlag::deleted, "\\Deleted"},
    {SystemFlag::seen, "\\Seen"},
    {SystemFlag::draft, "\\Draft"},
}};

/// Longer keywords are refused.
inline constexpr std::size_t longest_keyword = 128;

enum class Recent : std::uint8_t { no, yes };

/// Appends "(\Seen \Recent keyword)"; bit `i` of `flags.keywords` is called `names[i]`.
void append_flags(std::string& out, Flags flags, Recent recent,
                  const std::vector<std::string>& names);

}  // namespace postern::wire::imap
