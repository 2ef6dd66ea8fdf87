#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postern::access::settings {

/// Text for between tags and for attributes: markup is escaped, and what XML 1.0 cannot hold
/// (control characters, octets that are no UTF-8) becomes U+FFFD. No line ends: they become spaces.
[[nodiscard]] std::string xml_text(std::string_view text);

/// Writes elements, one a line, indented. Names and attributes are the program's own words.
class XmlWriter {
 public:
  /// Opens `<name attributes>`; `attributes` is empty or "key=\"value\"", made with xml_text().
  XmlWriter& open(std::string_view name, std::string_view attributes = {});
  XmlWriter& close(std::string_view name);
  XmlWriter& leaf(std::string_view name, std::string_view text, std::string_view attributes = {});
  XmlWriter& leaf(std::string_view name, std::uint16_t number);
  /// `<name/>`
  XmlWriter& empty(std::string_view name);
  [[nodiscard]] std::string take();

 private:
  void indent();
  std::string out_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  std::size_t depth_ = 0;
};

}  // namespace postern::access::settings
