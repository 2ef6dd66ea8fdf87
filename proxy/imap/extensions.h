#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace postern::imap {

/// What a program turns on with ENABLE (RFC 5161), or by using it, for the rest of its session.
enum class Extension : std::uint8_t {
  cond_store = 1,  ///< RFC 7162 section 3.1
  qresync = 2,     ///< RFC 7162 section 3.2
  imap4rev2 = 4,   ///< RFC 9051
  utf8 = 8,        ///< RFC 6855, RFC 9755
  metadata = 16,   ///< RFC 5464 section 4.1
  uid_only = 32,   ///< RFC 9586
};

inline constexpr std::array<std::pair<std::string_view, Extension>, 7> extension_names = {{
    {"CONDSTORE", Extension::cond_store},
    {"IMAP4rev2", Extension::imap4rev2},
    {"METADATA", Extension::metadata},
    {"METADATA-SERVER", Extension::metadata},
    {"QRESYNC", Extension::qresync},
    {"UIDONLY", Extension::uid_only},
    {"UTF8=ACCEPT", Extension::utf8},
}};

class Extensions {
 public:
  [[nodiscard]] bool has(Extension extension) const {
    return (bits_ & static_cast<std::uint8_t>(extension)) != 0;
  }
  void add(Extension extension) {
    bits_ = static_cast<std::uint8_t>(bits_ | static_cast<std::uint8_t>(extension));
  }

 private:
  std::uint8_t bits_ = 0;
};

}  // namespace postern::imap
