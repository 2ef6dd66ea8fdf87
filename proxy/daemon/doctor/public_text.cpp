#include "proxy/daemon/doctor/public_text.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "config/values.h"

namespace postern::daemon::doctor {
namespace {

constexpr std::size_t longest_line = 200;
/// A shorter name is part of too many words.
constexpr std::size_t shortest_name = 3;

bool is_space(char c) {
  return c == ' ' || c == '\t';
}

bool is_address_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("._%+-!#$&'*=?^`{|}~/").find(c) != std::string_view::npos ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::string printable(std::string_view line) {
  std::string out;
  for (const char c : line.substr(0, longest_line)) {
    const auto octet = static_cast<unsigned char>(c);
    out += octet < 0x20 || octet >= 0x7F ? '?' : c;
  }
  return line.size() > longest_line ? out + "..." : out;
}

void replace_all(std::string& text, const std::string& name) {
  std::string folded = config::lower(text);
  for (std::size_t at = folded.find(name); at != std::string::npos; at = folded.find(name, at)) {
    text.replace(at, name.size(), "***");
    folded.replace(at, name.size(), "***");
    at += 3;
  }
}

/// "anna@example.net" and what looks like it, in whatever brackets.
void hide_mail_addresses(std::string& text) {
  std::size_t at = text.find('@');
  while (at != std::string::npos) {
    std::size_t begin = at;
    while (begin > 0 && is_address_character(text[begin - 1])) --begin;
    std::size_t end = at + 1;
    while (end < text.size() && is_address_character(text[end])) ++end;
    text.replace(begin, end - begin, "***");
    at = text.find('@', begin + 3);
  }
}

/// "192.0.2.1": servers like to tell us ours.
void hide_network_addresses(std::string& text) {
  const auto belongs = [&](std::size_t i) {
    return i < text.size() &&
           (std::isdigit(static_cast<unsigned char>(text[i])) != 0 || text[i] == '.');
  };
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    if (!belongs(begin)) continue;
    std::size_t end = begin;
    while (belongs(end)) ++end;
    const auto dots = std::count(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                 text.begin() + static_cast<std::ptrdiff_t>(end), '.');
    if (dots == 3 && end - begin >= 7) {
      text.replace(begin, end - begin, "***");
      end = begin + 3;
    }
    begin = end;
  }
}

}  // namespace

PublicText::PublicText(std::string_view user, std::string_view account) {
  const auto add = [this](std::string_view name) {
    if (name.size() >= shortest_name) names_.push_back(config::lower(name));
  };
  add(user);
  add(user.substr(0, user.find('@')));
  add(account);
  std::ranges::sort(names_, std::ranges::greater(), &std::string::size);
}

std::string PublicText::hidden(std::string text) const {
  for (const std::string& name : names_) replace_all(text, name);
  hide_mail_addresses(text);
  hide_network_addresses(text);
  return text;
}

std::string PublicText::words(std::string_view line) const {
  return hidden(printable(line));
}

std::string PublicText::command(std::string_view line) const {
  constexpr std::array<std::string_view, 4> secret_verbs{"user", "pass", "apop", "auth"};
  const std::size_t verb_end =
      static_cast<std::size_t>(std::ranges::find_if(line, is_space) - line.begin());
  const std::string verb(line.substr(0, verb_end));
  if (std::ranges::find(secret_verbs, config::lower(verb)) == secret_verbs.end())
    return words(line);
  std::string_view rest = line.substr(verb_end);
  if (rest.empty()) return verb;
  std::string out = verb;
  if (config::lower(verb) == "auth") {
    rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find(' '), rest.size());
    out += " " + printable(rest.substr(0, end));
    rest.remove_prefix(end);
  }
  return rest.empty() ? out : out + " ***";
}

}  // namespace postern::daemon::doctor
