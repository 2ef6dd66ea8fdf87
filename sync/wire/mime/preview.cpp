#include "sync/wire/mime/preview.h"

#include <unicode/uchar.h>

#include <algorithm>

#include "sync/wire/mime/part_text.h"
#include "sync/wire/mime/unicode.h"

namespace postern::wire::mime {
namespace {

/// Collects characters until there are enough.
class Excerpt {
 public:
  /// False: it is full.
  bool add(std::string_view text) {
    for (std::size_t at = 0; at < text.size() && count_ < preview_characters;) {
      const std::size_t begin = at;
      const auto next = next_point(text, at);
      if (!next) continue;
      const auto point = static_cast<UChar32>(*next);
      // What is seen nowhere fills the beginning of many a circular.
      const bool at_space = space_ || out_.empty();
      if (u_isUWhiteSpace(point) || u_charType(point) == U_CONTROL_CHAR) {
        space_ = true;
      } else if (!at_space || !u_hasBinaryProperty(point, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) {
        put(text.substr(begin, at - begin));
      }
    }
    space_ = true;
    return count_ < preview_characters;
  }

  std::string finish() { return std::move(out_); }

 private:
  void put(std::string_view character) {
    if (space_ && !out_.empty()) {
      // A space is of use in front of another character only.
      if (count_ + 1 == preview_characters) {
        count_ = preview_characters;
        return;
      }
      out_ += ' ';
      ++count_;
    }
    space_ = false;
    out_ += character;
    ++count_;
  }

  std::string out_;
  std::size_t count_ = 0;
  bool space_ = false;
};

std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

/// "On Monday Anna wrote:", and a quotation below it.
bool introduces_quotation(std::string_view line, std::string_view rest) {
  while (!line.empty() && is_blank(line.substr(line.size() - 1))) line.remove_suffix(1);
  if (!line.ends_with(':')) return false;
  std::string_view next;
  while (!rest.empty() && is_blank(next)) next = next_line(rest);
  return next.starts_with('>');
}

/// What the writer of the message wrote.
std::string own_words(std::string_view text) {
  Excerpt excerpt;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (line == "-- ") break;
    if (is_blank(line) || line.starts_with('>') || introduces_quotation(line, text)) continue;
    if (!excerpt.add(line)) break;
  }
  return excerpt.finish();
}

}  // namespace

std::optional<std::uint32_t> preview_part(const Structure& structure) {
  std::optional<std::uint32_t> html;
  for (std::size_t i = 0; i < structure.parts.size(); ++i) {
    const Part& part = structure.parts[i];
    if (part.kind == PartKind::message) break;
    const auto index = static_cast<std::uint32_t>(i);
    const TextKind kind = text_kind(part);
    if (kind == TextKind::plain) return index;
    if (kind == TextKind::html && !html) html = index;
  }
  return html;
}

std::string preview(std::string_view text) {
  text = text.substr(0, preview_octets);
  std::string own = own_words(text);
  if (!own.empty()) return own;
  Excerpt all;
  while (!text.empty() && all.add(next_line(text))) {
  }
  return all.finish();
}

}  // namespace postern::wire::mime
