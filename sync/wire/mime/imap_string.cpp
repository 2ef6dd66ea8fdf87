#include "sync/wire/mime/imap_string.h"

#include "sync/wire/mime/ascii.h"
#include "sync/wire/octet_set.h"

namespace postern::wire::mime {
namespace {

/// `TEXT-CHAR`: ASCII but NUL, CR and LF.
constexpr OctetSet text_char([](char c) {
  return static_cast<unsigned char>(c) < 0x80 && c != '\0' && c != '\r' && c != '\n';
});
/// What stands in a quoted string without an escape.
constexpr OctetSet unescaped([](char c) { return text_char(c) && c != '"' && c != '\\'; });

/// Readers of lines have limits: RFC 2683 section 3.2.1.5.
constexpr std::size_t longest_quoted = 64 * 1024;

/// Nothing but TEXT-CHAR.
void append_quoted(std::string& out, std::string_view value) {
  out += '"';
  if (unescaped.all(value)) {
    out += value;
  } else {
    for (const char c : value) {
      if (!unescaped(c)) out += '\\';
      out += c;
    }
  }
  out += '"';
}

void append_literal(std::string& out, std::string_view value) {
  out += '{';
  out += std::to_string(value.size());
  out += "}\r\n";
  out += value;
}

}  // namespace

void append_string(std::string& out, std::string_view value) {
  const bool quotable = value.size() <= longest_quoted && text_char.all(value);
  quotable ? append_quoted(out, value) : append_literal(out, value);
}

void append_nstring(std::string& out, const std::optional<std::string>& value) {
  if (value) {
    append_string(out, *value);
  } else {
    out += "NIL";
  }
}

void append_display_string(std::string& out, std::string_view value) {
  const std::string text = collapsed(value);
  const bool quoted = text == value && text.size() <= longest_quoted && unescaped.all(text);
  quoted || text.empty() ? append_quoted(out, text) : append_literal(out, text);
}

}  // namespace postern::wire::mime
