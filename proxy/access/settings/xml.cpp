#include "proxy/access/settings/xml.h"

#include <utility>

#include <fmt/core.h>

#include "sync/wire/mime/unicode.h"

namespace postern::access::settings {
namespace {

constexpr const char* replacement = "\xef\xbf\xbd";

/// XML 1.0 section 2.2, without the line ends.
bool is_plain(char32_t point) {
  return point >= 0x20 && point != 0x7f && !(point >= 0x80 && point < 0xa0) && point != 0xfffe &&
         point != 0xffff;
}

}  // namespace

std::string xml_text(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const auto point = wire::mime::next_point(text, at);
    if (!point) {
      out += replacement;
      continue;
    }
    switch (*point) {
      case U'&': out += "&amp;"; break;
      case U'<': out += "&lt;"; break;
      case U'>': out += "&gt;"; break;
      case U'"': out += "&quot;"; break;
      case U'\'': out += "&apos;"; break;
      case U'\t':
      case U'\r':
      case U'\n': out += ' '; break;
      default:
        if (is_plain(*point)) {
          out += text.substr(begin, at - begin);
        } else {
          out += replacement;
        }
    }
  }
  return out;
}

void XmlWriter::indent() {
  out_.append(depth_ * 2, ' ');
}

XmlWriter& XmlWriter::open(std::string_view name, std::string_view attributes) {
  indent();
  out_ += fmt::format("<{}{}{}>\n", name, attributes.empty() ? "" : " ", attributes);
  ++depth_;
  return *this;
}

XmlWriter& XmlWriter::close(std::string_view name) {
  --depth_;
  indent();
  out_ += fmt::format("</{}>\n", name);
  return *this;
}

XmlWriter& XmlWriter::leaf(std::string_view name, std::string_view text,
                           std::string_view attributes) {
  indent();
  out_ += fmt::format("<{}{}{}>{}</{}>\n", name, attributes.empty() ? "" : " ", attributes,
                      xml_text(text), name);
  return *this;
}

XmlWriter& XmlWriter::leaf(std::string_view name, std::uint16_t number) {
  return leaf(name, std::to_string(number));
}

XmlWriter& XmlWriter::empty(std::string_view name) {
  indent();
  out_ += fmt::format("<{}/>\n", name);
  return *this;
}

std::string XmlWriter::take() {
  return std::exchange(out_, {});
}

}  // namespace postern::access::settings
