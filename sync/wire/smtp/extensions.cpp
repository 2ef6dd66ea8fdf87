#include "sync/wire/smtp/extensions.h"

#include <algorithm>
#include <array>

#include "sync/wire/command_text.h"

namespace postern::wire::smtp {

namespace {

constexpr std::size_t most_mechanisms = 64;

struct Switch {
  std::string_view keyword;
  bool Extensions::* on;
};

constexpr std::array<Switch, 8> switches{{
    {"PIPELINING", &Extensions::pipelining},
    {"8BITMIME", &Extensions::eight_bit_mime},
    {"SMTPUTF8", &Extensions::smtp_utf8},
    {"CHUNKING", &Extensions::chunking},
    {"BINARYMIME", &Extensions::binary_mime},
    {"DSN", &Extensions::dsn},
    {"STARTTLS", &Extensions::starttls},
    {"ENHANCEDSTATUSCODES", &Extensions::enhanced_codes},
}};

std::string in_capitals(std::string_view word) {
  std::string out(word);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

void add_mechanisms(std::string_view names, std::vector<std::string>& to) {
  while (to.size() < most_mechanisms) {
    const std::string_view word = take_word(names);
    if (word.empty()) return;
    std::string name = in_capitals(word);
    if (std::ranges::find(to, name) == to.end()) to.push_back(std::move(name));
  }
}

void add(std::string_view line, Extensions& to) {
  // Workaround: Exchange 5.5: "AUTH=LOGIN", from before RFC 2554 was a standard.
  constexpr std::string_view old_form = "AUTH=";
  if (is_word(line.substr(0, old_form.size()), old_form))
    return add_mechanisms(line.substr(old_form.size()), to.mechanisms);
  std::string_view rest = line;
  const std::string_view keyword = take_word(rest);
  for (const Switch& one : switches)
    if (is_word(keyword, one.keyword)) to.*one.on = true;
  if (is_word(keyword, "AUTH")) add_mechanisms(rest, to.mechanisms);
  if (is_word(keyword, "SIZE")) {
    const auto octets = number(trimmed(rest));
    if (octets && *octets != 0) to.size = octets;
  }
}

}  // namespace

Extensions parse_extensions(const Reply& ehlo) {
  Extensions out;
  // The first line is the greeting with the server's name.
  for (std::size_t i = 1; i < ehlo.lines.size(); ++i) add(ehlo.lines[i], out);
  return out;
}

}  // namespace postern::wire::smtp
