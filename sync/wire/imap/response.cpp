#include "sync/wire/imap/response.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include <fmt/format.h>

#include "sync/wire/ascii.h"
#include "sync/wire/imap/characters.h"
#include "sync/wire/imap/fetch_item.h"
#include "sync/wire/imap/modified_utf7.h"

namespace postern::wire::imap {
namespace {

constexpr std::string_view name_of(Condition condition) {
  switch (condition) {
    case Condition::ok: return "OK";
    case Condition::no: return "NO";
    case Condition::bad: return "BAD";
    case Condition::bye: return "BYE";
  }
  return "BAD";
}

constexpr std::string_view name_of(mime::Section::Text text) {
  using Text = mime::Section::Text;
  switch (text) {
    case Text::whole: return "";
    case Text::header: return "HEADER";
    case Text::header_fields: return "HEADER.FIELDS";
    case Text::header_fields_not: return "HEADER.FIELDS.NOT";
    case Text::text: return "TEXT";
    case Text::mime: return "MIME";
  }
  return "";
}

void append_section(std::string& out, const mime::Section& section) {
  out.push_back('[');
  for (std::size_t i = 0; i < section.path.size(); ++i)
    fmt::format_to(std::back_inserter(out), "{}{}", i == 0 ? "" : ".", section.path[i]);
  if (!section.path.empty() && section.what != mime::Section::Text::whole) out.push_back('.');
  out.append(name_of(section.what));
  if (!section.fields.empty()) {
    out.append(" (");
    for (std::size_t i = 0; i < section.fields.size(); ++i) {
      if (i != 0) out.push_back(' ');
      append_astring(out, section.fields[i]);
    }
    out.push_back(')');
  }
  out.push_back(']');
}

/// No control characters.
void append_quoted(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

}  // namespace

void append_literal_start(std::string& out, std::uint64_t octets) {
  fmt::format_to(std::back_inserter(out), "{{{}}}\r\n", octets);
}

void append_literal8_start(std::string& out, std::uint64_t octets) {
  out.push_back('~');
  append_literal_start(out, octets);
}

void append_string(std::string& out, std::string_view octets) {
  constexpr std::size_t longest_quoted = 1000;
  if (octets.size() > longest_quoted || !std::ranges::all_of(octets, is_printable)) {
    append_literal_start(out, octets.size());
    out.append(octets);
    return;
  }
  append_quoted(out, octets);
}

void append_nstring(std::string& out, std::optional<std::string_view> octets) {
  if (octets) {
    append_string(out, *octets);
  } else {
    out.append("NIL");
  }
}

void append_astring(std::string& out, std::string_view octets) {
  // NIL as an atom could be taken for no value at all.
  if (!octets.empty() && std::ranges::all_of(octets, is_astring_char) &&
      !equal_ignoring_case(octets, "NIL")) {
    out.append(octets);
  } else {
    append_string(out, octets);
  }
}

void append_mailbox(std::string& out, std::string_view utf8, Charset charset) {
  if (charset == Charset::ascii || std::ranges::all_of(utf8, is_printable))
    return append_astring(out, charset == Charset::ascii ? to_modified_utf7(utf8) : utf8);
  append_quoted(out, utf8);
}

void append_text(std::string& out, std::string_view text) {
  for (const char c : text) out.push_back(is_printable(c) ? c : '?');
}

void append_status(std::string& out, std::string_view tag, Condition condition,
                   std::string_view code, std::string_view text) {
  append_text(out, tag);
  out.push_back(' ');
  out.append(name_of(condition));
  out.push_back(' ');
  if (!code.empty()) {
    out.push_back('[');
    append_text(out, code);
    out.append("] ");
  }
  append_text(out, text);
  out.append("\r\n");
}

std::string format(const FetchItem& item) {
  using Kind = FetchItem::Kind;
  switch (item.kind) {
    case Kind::uid: return "UID";
    case Kind::flags: return "FLAGS";
    case Kind::internal_date: return "INTERNALDATE";
    case Kind::rfc822_size: return "RFC822.SIZE";
    case Kind::save_date: return "SAVEDATE";
    case Kind::mod_seq: return "MODSEQ";
    case Kind::email_id: return "EMAILID";
    case Kind::thread_id: return "THREADID";
    case Kind::envelope: return "ENVELOPE";
    case Kind::body: return "BODY";
    case Kind::body_structure: return "BODYSTRUCTURE";
    case Kind::rfc822: return "RFC822";
    case Kind::rfc822_header: return "RFC822.HEADER";
    case Kind::rfc822_text: return "RFC822.TEXT";
    case Kind::snippet: return "SNIPPET";
    case Kind::preview: return "PREVIEW";
    case Kind::binary_size:
    case Kind::binary:
    case Kind::section: break;
  }
  std::string out = item.kind == Kind::section       ? "BODY"
                    : item.kind == Kind::binary_size ? "BINARY.SIZE"
                                                     : "BINARY";
  append_section(out, item.section);
  if (item.partial) fmt::format_to(std::back_inserter(out), "<{}>", item.partial->offset);
  return out;
}

}  // namespace postern::wire::imap
