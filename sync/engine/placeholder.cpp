#include "sync/engine/placeholder.h"

#include <algorithm>

#include <fmt/format.h>

#include "sync/wire/ascii.h"

namespace postern::engine {

namespace {

constexpr std::size_t longest_field = 2000;

bool names(std::string_view line, std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':') return false;
  return wire::equal_ignoring_case(line.substr(0, name.size()), name);
}

/// The value of a field, unfolded and without control characters.
std::string field(std::string_view rest, std::string_view name) {
  std::string value;
  bool within = false;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) break;
    const bool folded = line.front() == ' ' || line.front() == '\t';
    if (within && !folded) break;
    if (!within && (folded || !names(line, name))) continue;
    value += within ? line : line.substr(name.size() + 1);
    within = true;
  }
  std::erase_if(value, [](char octet) { return octet != '\t' && (octet & 0xe0) == 0; });
  const std::size_t first = value.find_first_not_of(" \t");
  value.erase(0, std::min(first, value.size()));
  if (value.size() > longest_field) value.resize(longest_field);
  return value;
}

std::string in_words(std::uint64_t octets) {
  constexpr std::uint64_t mebi = 1024 * 1024;
  if (octets >= mebi) return fmt::format("{} MiB", (octets + mebi / 2) / mebi);
  return fmt::format("{} KiB", (octets + 512) / 1024);
}

}  // namespace

std::string placeholder_message(const PlaceholderOf& of) {
  std::string message;
  const auto copy = [&](std::string_view name, std::string_view as) {
    const std::string value = field(of.header, name);
    if (!value.empty()) message += fmt::format("{}: {}\r\n", as, value);
    return !value.empty();
  };
  if (!copy("from", "From")) message += "From: Postern <postern@localhost>\r\n";
  copy("to", "To");
  copy("cc", "Cc");
  copy("date", "Date");
  const std::string subject = field(of.header, "subject");
  message += fmt::format("Subject: [too large] {}\r\n", subject);
  message +=
      "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: 8bit\r\nAuto-Submitted: auto-generated\r\n\r\n";
  const std::string size = of.octets > of.limit ? fmt::format("It has {}.", in_words(of.octets))
                                                : std::string("It is larger than the server says.");
  message += fmt::format(
      "This stands for a message that was not fetched, because it is larger than\r\n"
      "the limit of {}. {}\r\n\r\n"
      "It is still at {}\r\n"
      "and is not deleted there. To fetch it, raise `limits: {{message: ...}}` in the\r\n"
      "configuration; then it takes the place of this one.\r\n",
      in_words(of.limit), size, of.source);
  return message;
}

}  // namespace postern::engine
