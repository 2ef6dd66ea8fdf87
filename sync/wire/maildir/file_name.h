#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postern::wire::maildir {

/// What the name of a message's file tells: "1445.M1P2.host,S=812:2,FSa". Where ':' cannot stand in
/// names, ';' or '!' is in its place.
struct FileName {
  std::string unique;      ///< up to the flags
  std::uint8_t flags = 0;  ///< of SystemFlag
  bool passed = false;     ///< resent, forwarded or bounced
  std::string keywords;    ///< letters from 'a' on, rising; what they mean says Keywords

  friend bool operator==(const FileName&, const FileName&) = default;
};

[[nodiscard]] FileName parse_file_name(std::string_view name);
[[nodiscard]] std::string format_file_name(const FileName& name);

}  // namespace postern::wire::maildir
