#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postern::wire::mime {

/// RFC 5256 section 2.1: a subject without what answering and forwarding put around it.
struct BaseSubject {
  enum class Kind : std::uint8_t {
    original,
    reply_or_forward,  ///< "Re:", "Fw:", "[fwd: ...]" or "(fwd)" was taken off; RFC 5256 section 3
  };
  std::string text;  ///< UTF-8, as written; what compares it folds its case
  Kind kind = Kind::original;

  bool operator==(const BaseSubject&) const = default;
};

/// `value` is the Subject field's as it stands there: encoded words are decoded and folds undone
/// here. Time grows with its length only.
[[nodiscard]] BaseSubject base_subject(std::string_view value);

}  // namespace postern::wire::mime
