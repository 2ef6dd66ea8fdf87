#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postern::wire::mime {

/// One field of a header as it stands there. The views point into the header.
struct Field {
  std::string_view name;   ///< without the white space before the colon
  std::string_view raw;    ///< what follows the colon, folds included, without the last line end
  std::string_view lines;  ///< the whole field with its line ends
};

/// Walks over the fields of a header (RFC 5322 section 2.2), up to the empty line or the end.
/// Lines that are no field, and what is folded onto them, are passed over.
class HeaderFields {
 public:
  explicit HeaderFields(std::string_view header) : rest_(header) {}
  [[nodiscard]] std::optional<Field> next();

 private:
  std::string_view rest_;
};

/// A field's value with the line ends of its folds still in it (as LF) but without the space in
/// front. NUL becomes U+FFFD, since no IMAP string may carry it.
[[nodiscard]] std::string field_value(std::string_view raw);

/// The same with the folds undone: the line ends are gone, the white space after them stays.
/// RFC 5322 section 2.2.3.
[[nodiscard]] std::string unfolded_value(std::string_view raw);

}  // namespace postern::wire::mime
