#include "sync/wire/mime/imap_string.h"

#include "sync/wire/mime/ascii.h"
#include "sync/wire/mime/octet_set.h"

namespace postern::wire::mime {
namespace {

/// A quoted string may not hold NUL, CR, LF and octets above 0x7f.
constexpr OctetSet quotable([](char c) {
  return static_cast<unsigned char>(c) < 0x80 && c != '\0' && c != '\r' && c != '\n';
});
/// What stands in it without an escape.
constexpr OctetSet plain([](char c) { return quotable(c) && c != '"' && c != '\\'; });

/// Readers of lines have limits: RFC 2683 section 3.2.1.5.
constexpr std::size_t longest_quoted = 64 * 1024;

void append_quoted(std::string& out, std::string_view value) {
  out += '"';
  out += value;
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
  if (value.size() > longest_quoted || !quotable.all(value)) return append_literal(out, value);
  if (plain.all(value)) return append_quoted(out, value);
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
  const bool quoted = text == value && text.size() <= longest_quoted && plain.all(text);
  quoted || text.empty() ? append_quoted(out, text) : append_literal(out, text);
}

}  // namespace postern::wire::mime
