#pragma once

#include <cstdint>

namespace postern {

/// RFC 9051 section 2.3.2: the system flags that are stored. \Recent belongs to sessions and is not
/// among them.
enum class SystemFlag : std::uint8_t {
  seen = 1,
  answered = 2,
  flagged = 4,
  deleted = 8,
  draft = 16,
};

/// The flags of one message: system flags and keywords as bits. What a keyword bit is called is
/// known to the mailbox (`Snapshot::keywords`); at most 64 keywords exist in one mailbox.
struct Flags {
  std::uint64_t keywords = 0;
  std::uint8_t system = 0;

  [[nodiscard]] constexpr bool has(SystemFlag f) const {
    return (system & static_cast<std::uint8_t>(f)) != 0;
  }
  constexpr Flags& add(SystemFlag f) {
    system = static_cast<std::uint8_t>(system | static_cast<std::uint8_t>(f));
    return *this;
  }
  friend constexpr bool operator==(const Flags&, const Flags&) = default;
  friend constexpr Flags operator|(Flags a, Flags b) {
    return {a.keywords | b.keywords, static_cast<std::uint8_t>(a.system | b.system)};
  }
  /// The flags of `a` that are not in `b`.
  friend constexpr Flags operator-(Flags a, Flags b) {
    return {a.keywords & ~b.keywords, static_cast<std::uint8_t>(a.system & ~b.system)};
  }
};

}  // namespace postern
