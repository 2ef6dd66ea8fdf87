#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sync/wire/mime/structure.h"

namespace postern::wire::mime {

/// What a search looks at of one header and of one text part; what lies beyond is not searched.
inline constexpr std::uint64_t searched_header_octets = 1024UL * 1024;
inline constexpr std::uint64_t searched_part_octets = 8UL * 1024 * 1024;

/// One of the texts behind the header of a message that BODY and TEXT of RFC 9051 section 6.4.4
/// look into: a text part as a reader sees it (`part_text`), or the header of a message within the
/// message.
struct SearchedText {
  enum class Form { header, part };
  Form form;
  std::uint64_t begin;  ///< in octets of the message
  std::uint64_t end;
  std::uint64_t text;  ///< where the text begins; before it the header of the part, if it says
                       ///< something about the text
  Part part;           ///< of a text part; none of its places counts

  /// How many octets of it are read, from `begin` on.
  [[nodiscard]] std::uint64_t octets() const;
  /// What they say, as UTF-8 that is not folded yet.
  [[nodiscard]] std::string decode(std::string_view octets) const;
};

/// What a search looks at of a header: each field decoded for itself and on a line of its own, so
/// that what one says changes nothing about the others. Lines that are no field count as well.
[[nodiscard]] std::string header_text(std::string_view header);

[[nodiscard]] std::vector<SearchedText> searched_texts(const Structure& structure);

/// Names how texts are decoded and folded: what was derived from texts under another one is of no
/// use for searching. The number in it rises with every change of `SearchedText`, `header_text`,
/// `part_text`, `decode_header` or `fold` that changes what they return.
[[nodiscard]] std::string searched_texts_version();

}  // namespace postern::wire::mime
