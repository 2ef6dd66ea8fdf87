#include "sync/wire/mime/imap_string.h"

#include <algorithm>

#include "sync/wire/mime/ascii.h"

namespace postern::wire::mime {
namespace {

/// What a quoted string may not hold: NUL, CR, LF and octets above 0x7f.
bool quotable(char c) {
  return static_cast<unsigned char>(c) < 0x80 && c != '\0' && c != '\r' && c != '\n';
}

/// Readers of lines have limits: RFC 2683 section 3.2.1.5.
constexpr std::size_t longest_quoted = 64 * 1024;

void append_literal(std::string& out, std::string_view value) {
  out += '{';
  out += std::to_string(value.size());
  out += "}\r\n";
  out += value;
}

}  // namespace

void append_string(std::string& out, std::string_view value) {
  if (value.size() > longest_quoted || !std::ranges::all_of(value, quotable))
    return append_literal(out, value);
  out += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
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
  const bool plain =
      text == value && text.size() <= longest_quoted &&
      std::ranges::all_of(text, [](char c) { return quotable(c) && c != '"' && c != '\\'; });
  if (!plain && !text.empty()) return append_literal(out, text);
  out += '"';
  out += text;
  out += '"';
}

}  // namespace postern::wire::mime
