#include "sync/wire/smtp/path.h"

#include <algorithm>

#include <fmt/format.h>

#include "sync/wire/ascii.h"
#include "sync/wire/utf8.h"

namespace postern::wire::smtp {

namespace {

// RFC 5321 section 4.5.3.1.
constexpr std::size_t longest_local_part = 64;
constexpr std::size_t longest_domain = 255;
constexpr std::size_t longest_path = 254;

bool beyond_ascii(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}

/// RFC 6531 section 3.3: with UTF-8 all beyond ASCII counts as atext.
bool in_atom(char c, Charset charset) {
  return beyond_ascii(c) ? charset == Charset::utf8 : atext(c);
}

/// The length of a Dot-string at the front. Dots that stand wrong are taken as well: mailboxes with
/// such names exist, and no dot can end a line or a path.
std::size_t dot_string(std::string_view text, Charset charset) {
  std::size_t length = 0;
  while (length < text.size() && (in_atom(text[length], charset) || text[length] == '.')) ++length;
  return length;
}

/// The length of a Quoted-string at the front, 0 if there is none.
std::size_t quoted_string(std::string_view text, Charset charset) {
  const auto printable = [&](char c) {
    return beyond_ascii(c) ? charset == Charset::utf8 : c >= ' ' && c <= '~';
  };
  if (!text.starts_with('"')) return 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1;
    if (text[i] == '\\') ++i;
    if (i >= text.size() || !printable(text[i])) return 0;
  }
  return 0;
}

std::size_t local_part(std::string_view text, Charset charset) {
  const std::size_t quoted = quoted_string(text, charset);
  return quoted != 0 ? quoted : dot_string(text, charset);
}

/// Labels with a dot between; "_" stands in names of hosts that exist.
std::size_t domain(std::string_view text, Charset charset) {
  std::size_t length = 0;
  char before = '.';
  while (length < text.size()) {
    const char c = text[length];
    const bool letter =
        alphanumeric(c) || c == '_' || (beyond_ascii(c) && charset == Charset::utf8);
    if (!letter && !((c == '.' || c == '-') && before != '.')) break;
    before = c;
    ++length;
  }
  return before == '.' || before == '-' ? 0 : length;
}

/// RFC 5321 section 4.1.3, as far as its characters go.
std::size_t address_literal(std::string_view text) {
  if (!text.starts_with('[')) return 0;
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos || end == 1) return 0;
  const std::string_view inside = text.substr(1, end - 1);
  const bool fits = std::ranges::all_of(
      inside, [](char c) { return alphanumeric(c) || std::string_view(".:-").contains(c); });
  return fits ? end + 1 : 0;
}

std::size_t domain_or_literal(std::string_view text, Charset charset) {
  const std::size_t length = text.starts_with('[') ? address_literal(text) : domain(text, charset);
  return length > longest_domain ? 0 : length;
}

/// The length of a Mailbox at the front, 0 if there is none.
std::size_t mailbox(std::string_view text, Charset charset) {
  const std::size_t local = local_part(text, charset);
  if (local == 0 || local > longest_local_part || !text.substr(local).starts_with('@')) return 0;
  const std::size_t host = domain_or_literal(text.substr(local + 1), charset);
  const std::size_t length = local + 1 + host;
  return host == 0 || length > longest_path ? 0 : length;
}

/// The length of "@one,@two:" at the front, 0 if there is none.
std::size_t source_route(std::string_view text, Charset charset) {
  std::size_t at = 0;
  while (text.substr(at).starts_with('@')) {
    const std::size_t host = domain_or_literal(text.substr(at + 1), charset);
    if (host == 0) return 0;
    at += 1 + host;
    if (text.substr(at).starts_with(':')) return at + 1;
    if (!text.substr(at).starts_with(',')) return 0;
    ++at;
  }
  return 0;
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool xchar(char c) {
  return c > ' ' && c <= '~' && c != '+' && c != '=';
}

}  // namespace

bool is_ascii(std::string_view text) {
  return std::ranges::none_of(text, beyond_ascii);
}

bool is_mailbox(std::string_view address, Charset charset) {
  return !address.empty() && mailbox(address, charset) == address.size() && valid_utf8(address);
}

std::optional<std::string_view> take_path(std::string_view& rest, Charset charset) {
  if (!rest.starts_with('<')) return std::nullopt;
  std::string_view inside = rest.substr(1);
  if (inside.starts_with('>')) {
    rest.remove_prefix(2);
    return std::string_view();
  }
  const std::size_t route = source_route(inside, charset);
  const std::size_t length = mailbox(inside.substr(route), charset);
  const std::string_view address = inside.substr(route, length);
  if (length == 0 || !inside.substr(route + length).starts_with('>') || !valid_utf8(address))
    return std::nullopt;
  rest.remove_prefix(1 + route + length + 1);
  return address;
}

bool is_domain_or_literal(std::string_view text, Charset charset) {
  return !text.empty() && domain_or_literal(text, charset) == text.size() && valid_utf8(text);
}

bool same_mailbox(std::string_view a, std::string_view b) {
  return equal_ignoring_case(a, b);
}

std::string to_xtext(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (xchar(c)) {
      out += c;
    } else {
      out += fmt::format("+{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return out;
}

std::optional<std::string> from_xtext(std::string_view xtext) {
  std::string out;
  for (std::size_t i = 0; i < xtext.size(); ++i) {
    if (xchar(xtext[i])) {
      out += xtext[i];
      continue;
    }
    if (xtext[i] != '+' || i + 2 >= xtext.size()) return std::nullopt;
    const int high = hex(xtext[i + 1]);
    const int low = hex(xtext[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

}  // namespace postern::wire::smtp
