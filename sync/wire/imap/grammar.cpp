#include "sync/wire/imap/grammar.h"

#include <algorithm>
#include <limits>

#include "sync/wire/ascii.h"
#include "sync/wire/imap/date_time.h"
#include "sync/wire/utf8.h"

namespace postern::wire::imap::grammar {
namespace {

enum class EightBit : std::uint8_t { refused, taken };

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

/// Up to the quote that ends it; at least as many as the text has.
std::size_t quoted_octets(std::string_view rest) {
  std::size_t end = 0;
  while (end < rest.size() && rest[end] != '"') end += rest[end] == '\\' ? 2 : 1;
  return std::min(end, rest.size());
}

std::string quoted_text(Cursor& in, EightBit eight_bit) {
  std::string text;
  in.expect('"');
  // It may be a password, which a growing string would leave behind.
  text.reserve(quoted_octets(in.rest()));
  while (!in.failed() && !in.accept('"')) {
    char c = in.peek();
    if (c == '\\') {
      in.skip(1);
      c = in.peek();
      if (c != '"' && c != '\\') in.fail("Only a quote or a backslash is written with a backslash");
    } else if (is_control(c)) {
      in.fail("A quoted string has no end, or characters that it must not have");
    } else if (static_cast<unsigned char>(c) > 0x7f && eight_bit == EightBit::refused) {
      in.fail("A quoted string takes no octets above 127: send a literal");
    }
    if (in.failed()) break;
    text.push_back(c);
    in.skip(1);
  }
  return text;
}

std::uint64_t digits(Cursor& in, std::uint64_t largest) {
  std::uint64_t value = 0;
  const std::string_view written = in.take_while(is_digit);
  for (const char c : written) {
    const auto digit = static_cast<unsigned>(c - '0');
    if (value > (largest - digit) / 10) {
      in.fail("A number is too large");
      return 0;
    }
    value = value * 10 + digit;
  }
  if (written.empty()) in.fail("A number is missing");
  return value;
}

}  // namespace

void sp(Cursor& in) {
  in.expect(' ');
}

std::string atom(Cursor& in) {
  const std::string_view text = in.take_while(is_atom_char);
  if (text.empty()) in.fail("A word is missing or has characters that it must not have");
  return std::string(text);
}

std::string tag(Cursor& in) {
  const std::string_view text = in.take_while(is_tag_char);
  if (text.empty()) in.fail("A tag is missing");
  return std::string(text);
}

std::string quoted(Cursor& in) {
  if (in.charset() == Charset::ascii) return quoted_text(in, EightBit::refused);
  std::string text = quoted_text(in, EightBit::taken);
  if (!valid_utf8(text)) in.fail("A quoted string is not valid UTF-8");
  return text;
}

std::string literal(Cursor& in) {
  if (!in.at_literal()) {
    in.fail("A literal is missing");
    return {};
  }
  const std::string_view octets = in.take_literal();
  if (octets.find('\0') != std::string_view::npos) in.fail("A literal must not hold NUL");
  return std::string(octets);
}

std::string string(Cursor& in) {
  return in.at_literal() ? literal(in) : quoted(in);
}

std::string astring(Cursor& in) {
  if (in.at_literal() || in.peek() == '"') return string(in);
  const std::string_view text = in.take_while(is_astring_char);
  if (text.empty()) in.fail("A string is missing or has characters that need quotes");
  return std::string(text);
}

// Workaround: ImapFlow 1.0 and others: they send search texts in UTF-8 as quoted strings.
std::string search_text(Cursor& in) {
  return in.peek() == '"' ? quoted_text(in, EightBit::taken) : astring(in);
}

std::optional<std::string> nstring(Cursor& in) {
  if (in.accept_word("NIL")) return std::nullopt;
  return string(in);
}

std::optional<std::string> nstring_or_literal8(Cursor& in) {
  if (!in.accept('~')) return nstring(in);
  if (in.at_literal()) return std::string(in.take_literal());
  in.fail("A literal is missing");
  return std::nullopt;
}

std::string list_mailbox(Cursor& in) {
  if (in.at_literal() || in.peek() == '"') return string(in);
  const std::string_view text = in.take_while(is_list_char);
  if (text.empty()) in.fail("A mailbox pattern is missing");
  return std::string(text);
}

std::uint32_t number(Cursor& in) {
  return static_cast<std::uint32_t>(digits(in, std::numeric_limits<std::uint32_t>::max()));
}

ModSeq mod_sequence(Cursor& in) {
  return ModSeq(digits(in, std::numeric_limits<std::int64_t>::max()));
}

std::uint32_t nz_number(Cursor& in) {
  if (in.peek() == '0') in.fail("A number must not begin with 0");
  return number(in);
}

std::optional<MailboxName> mailbox(Cursor& in) {
  const std::string text = astring(in);
  if (in.failed()) return std::nullopt;
  auto name = MailboxName::from_wire(text, in.charset());
  if (!name) {
    in.fail(in.charset() == Charset::utf8 ? "This is not a mailbox name in UTF-8"
                                          : "This is not a mailbox name in modified UTF-7");
  }
  return name;
}

SequenceSet sequence_set(Cursor& in) {
  SequenceSet set;
  if (in.accept('$')) {
    set.set_saved();
    return set;
  }
  // 0 stands for "*", which is no nz-number.
  const auto seq_number = [&] { return in.accept('*') ? 0U : nz_number(in); };
  do {
    const std::uint32_t first = seq_number();
    const std::uint32_t last = in.accept(':') ? seq_number() : first;
    if (in.failed()) break;
    if (first == 0 && last == 0) {
      set.add_star();
    } else if (first == 0 || last == 0) {
      set.add_star(first == 0 ? last : first);
    } else {
      set.add(first, last);
    }
  } while (in.accept(','));
  set.normalise();
  return set;
}

void flag(Cursor& in, FlagList& flags) {
  if (in.accept('\\')) {
    const std::string name = "\\" + atom(in);
    for (const auto& [known, spelling] : system_flag_names) {
      if (!equal_ignoring_case(name, spelling)) continue;
      flags.add(known);
      return;
    }
    in.fail("There is no such system flag, or it cannot be set");
    return;
  }
  const std::string keyword = atom(in);
  if (keyword.size() > longest_keyword) in.fail("A keyword is too long");
  if (!in.failed()) flags.add_keyword(keyword);
}

FlagList flag_list(Cursor& in) {
  FlagList flags;
  in.expect('(');
  if (in.accept(')')) return flags;
  do {
    flag(in, flags);
  } while (in.accept(' '));
  in.expect(')');
  return flags;
}

std::chrono::sys_days date(Cursor& in) {
  const bool in_quotes = in.accept('"');
  const std::string_view text = in.take_while(is_atom_char);
  if (in_quotes) in.expect('"');
  const auto day = parse_date_text(text);
  if (!day) in.fail("This is not a date like 1-Feb-1994");
  return day.value_or(std::chrono::sys_days{});
}

InternalDate date_time(Cursor& in) {
  const std::string text = quoted(in);
  const auto value = parse_date_time(text);
  if (!value) in.fail("This is not a date and time like \"17-Jul-1996 02:44:25 -0700\"");
  return value.value_or(InternalDate{});
}

}  // namespace postern::wire::imap::grammar
