#include "sync/wire/mbox/marks.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "sync/base/flags.h"
#include "sync/wire/ascii.h"
#include "sync/wire/imap/characters.h"

namespace postern::wire::mbox {

namespace {

constexpr std::uint8_t bit(SystemFlag flag) {
  return static_cast<std::uint8_t>(flag);
}

constexpr std::array<std::string_view, 12> kept_by_programs = {
    "Status",         "X-Status",     "X-Keywords", "X-Mozilla-Status", "X-Mozilla-Status2",
    "X-Mozilla-Keys", "X-UID",        "X-IMAP",     "X-IMAPbase",       "Content-Length",
    "X-UIDL",         "X-Account-Key"};

// nsMsgMessageFlags of Thunderbird.
constexpr std::uint32_t mozilla_read = 0x1;
constexpr std::uint32_t mozilla_replied = 0x2;
constexpr std::uint32_t mozilla_marked = 0x4;
constexpr std::uint32_t mozilla_expunged = 0x8;
constexpr std::uint32_t mozilla_forwarded = 0x1000;
constexpr std::uint32_t mozilla_imap_deleted = 0x200000;
constexpr std::string_view forwarded = "$Forwarded";

/// One field with its folded lines and line ends.
struct Field {
  std::string_view name;
  std::string_view whole;
};

/// The next field of `rest`, which loses it; nullopt at the empty line and at the end.
std::optional<Field> next_field(std::string_view& rest) {
  if (rest.empty() || rest.starts_with('\n') || rest.starts_with("\r\n")) return std::nullopt;
  std::size_t end = 0;
  do {
    const std::size_t line = rest.find('\n', end);
    end = line == std::string_view::npos ? rest.size() : line + 1;
  } while (end < rest.size() && (rest[end] == ' ' || rest[end] == '\t'));
  Field field{.name = {}, .whole = rest.substr(0, end)};
  rest.remove_prefix(end);
  if (const std::size_t colon = field.whole.find(':'); colon != std::string_view::npos) {
    field.name = field.whole.substr(0, colon);
    while (field.name.ends_with(' ') || field.name.ends_with('\t')) field.name.remove_suffix(1);
  }
  return field;
}

std::string value_of(const Field& field) {
  std::string value;
  for (const char octet : field.whole.substr(field.whole.find(':') + 1)) {
    if (octet != '\r' && octet != '\n') value += octet == '\t' ? ' ' : octet;
  }
  const std::size_t begin = value.find_first_not_of(' ');
  if (begin == std::string::npos) return "";
  return value.substr(begin, value.find_last_not_of(' ') - begin + 1);
}

std::uint32_t hexadecimal(std::string_view value) {
  std::uint32_t number = 0;
  std::from_chars(value.data(), value.data() + value.size(), number, 16);
  return number;
}

void take_letters(std::string_view letters, Marks& marks) {
  for (const char letter : letters) {
    switch (letter) {
      case 'R': marks.flags |= bit(SystemFlag::seen); break;
      case 'A': marks.flags |= bit(SystemFlag::answered); break;
      case 'F': marks.flags |= bit(SystemFlag::flagged); break;
      case 'D': marks.flags |= bit(SystemFlag::deleted); break;
      case 'T': marks.flags |= bit(SystemFlag::draft); break;
      default: break;
    }
  }
}

void take_keywords(std::string_view words, Marks& marks) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (std::string keyword = as_keyword(words.substr(0, end)); !keyword.empty())
      add_keyword(marks.keywords, std::move(keyword));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
}

void take_mozilla(std::uint32_t status, Marks& marks) {
  if ((status & mozilla_read) != 0) marks.flags |= bit(SystemFlag::seen);
  if ((status & mozilla_replied) != 0) marks.flags |= bit(SystemFlag::answered);
  if ((status & mozilla_marked) != 0) marks.flags |= bit(SystemFlag::flagged);
  if ((status & mozilla_expunged) != 0) marks.expunged = true;
  if ((status & mozilla_forwarded) != 0) add_keyword(marks.keywords, std::string(forwarded));
}

}  // namespace

std::size_t header_end(std::string_view message) {
  for (std::size_t at = 0; at < message.size();) {
    if (message[at] == '\n') return at + 1;
    if (message.substr(at, 2) == "\r\n") return at + 2;
    const std::size_t line = message.find('\n', at);
    if (line == std::string_view::npos) break;
    at = line + 1;
  }
  return std::string_view::npos;
}

Marks read_marks(std::string_view header) {
  Marks marks;
  bool internal = false;
  bool imap = false;
  while (const auto field = next_field(header)) {
    const auto is = [&field](std::string_view name) {
      return equal_ignoring_case(field->name, name);
    };
    if (is("Status") || is("X-Status")) {
      take_letters(value_of(*field), marks);
    } else if (is("X-Keywords") || is("X-Mozilla-Keys")) {
      take_keywords(value_of(*field), marks);
    } else if (is("X-Mozilla-Status")) {
      take_mozilla(hexadecimal(value_of(*field)), marks);
    } else if (is("X-Mozilla-Status2")) {
      if ((hexadecimal(value_of(*field)) & mozilla_imap_deleted) != 0)
        marks.flags |= bit(SystemFlag::deleted);
    } else if (is("Subject")) {
      internal = value_of(*field).starts_with("DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA");
    } else if (is("X-IMAP") || is("X-IMAPbase")) {
      imap = true;
    }
  }
  marks.pseudo = internal && imap;
  return marks;
}

std::string without_marks(std::string_view header) {
  std::string kept;
  std::string_view rest = header;
  while (const auto field = next_field(rest)) {
    const bool dropped = std::ranges::any_of(kept_by_programs, [&field](std::string_view name) {
      return equal_ignoring_case(field->name, name);
    });
    if (!dropped) kept += field->whole;
  }
  kept += rest;
  return kept;
}

std::string as_keyword(std::string_view word) {
  std::string keyword;
  for (const char octet : word) {
    if (imap::is_atom_char(octet)) keyword += octet;
  }
  return keyword;
}

void add_keyword(std::vector<std::string>& keywords, std::string keyword) {
  const bool known = std::ranges::any_of(keywords, [&keyword](const std::string& other) {
    return equal_ignoring_case(other, keyword);
  });
  if (!known) keywords.push_back(std::move(keyword));
}

std::string mark_fields(const Marks& marks) {
  const auto has = [&marks](SystemFlag flag) { return (marks.flags & bit(flag)) != 0; };
  std::string letters;
  if (has(SystemFlag::answered)) letters += 'A';
  if (has(SystemFlag::flagged)) letters += 'F';
  if (has(SystemFlag::draft)) letters += 'T';
  if (has(SystemFlag::deleted)) letters += 'D';
  std::uint32_t mozilla = 0;
  if (has(SystemFlag::seen)) mozilla |= mozilla_read;
  if (has(SystemFlag::answered)) mozilla |= mozilla_replied;
  if (has(SystemFlag::flagged)) mozilla |= mozilla_marked;
  for (const std::string& keyword : marks.keywords) {
    if (equal_ignoring_case(keyword, forwarded)) mozilla |= mozilla_forwarded;
  }
  std::string fields = has(SystemFlag::seen) ? "Status: RO\n" : "Status: O\n";
  if (!letters.empty()) fields += "X-Status: " + letters + "\n";
  if (!marks.keywords.empty())
    fields += fmt::format("X-Keywords: {}\n", fmt::join(marks.keywords, " "));
  fields += fmt::format("X-Mozilla-Status: {:04x}\n", mozilla);
  if (!marks.keywords.empty())
    fields += fmt::format("X-Mozilla-Keys: {}\n", fmt::join(marks.keywords, " "));
  return fields;
}

std::string field_value(std::string_view header, std::string_view name) {
  while (const auto field = next_field(header)) {
    if (equal_ignoring_case(field->name, name)) return value_of(*field);
  }
  return "";
}

}  // namespace postern::wire::mbox
