#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sync/wire/imap/date_time.h"
#include "sync/wire/imap/grammar.h"
#include "sync/wire/imap/mailbox_name.h"
#include "sync/wire/imap/modified_utf7.h"
#include "sync/wire/imap/response.h"
#include "sync/wire/imap/sequence_set.h"
#include "sync/wire/utf8.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using namespace postern::wire::imap;

namespace {

RawCommand raw(std::string_view text) {
  RawCommand command;
  command.text.emplace_back(text);
  return command;
}

/// K11
void sequence_sets(std::string_view text) {
  const RawCommand command = raw(text);
  Cursor in(command);
  const SequenceSet set = grammar::sequence_set(in);
  if (in.failed()) return;
  for (const std::uint32_t largest : {0U, 1U, 1000U, 0xffffffffU}) {
    std::uint64_t before = 0;
    for (const auto& range : set.resolve(largest)) {
      require(range.first != 0 && range.first <= range.last);
      require(before == 0 || range.first > before + 1);
      before = range.last;
    }
  }
  const RawCommand again = raw(format(set));
  Cursor second(again);
  require(grammar::sequence_set(second) == set && second.at_end() && !second.failed());
}

/// K8
void names(std::string_view text) {
  if (const auto utf8 = from_modified_utf7(text)) {
    require(postern::wire::valid_utf8(*utf8));
    require(to_modified_utf7(*utf8) == text);
  }
  if (postern::wire::valid_utf8(text)) require(from_modified_utf7(to_modified_utf7(text)) == text);
  if (const auto name = MailboxName::from_wire(text))
    require(MailboxName::from_wire(name->wire()) == name);
  if (const auto pattern = ListPattern::from_wire("", text.substr(0, 500)))
    (void)pattern->matches(text.substr(0, 500));
}

void dates(std::string_view text) {
  if (const auto date = parse_date_time(text))
    require(parse_date_time(format_date_time(*date)) == date);
  if (const auto day = parse_date_text(text)) require(parse_date_text(format_date(*day)) == day);
}

/// A string that is written is the string that is read.
void strings(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return;
  std::string line = "a LOGIN ";
  append_astring(line, text);
  line += ' ';
  append_string(line, text);
  line += "\r\n";
  // The server announces a literal without "+"; a client would wait.
  Framer framer({1 << 24, 1 << 24, 4, 1 << 24, 0});
  framer.feed(line);
  auto event = framer.next();
  while (std::holds_alternative<Framer::Continue>(event)) event = framer.next();
  const auto* complete = std::get_if<Framer::Complete>(&event);
  require(complete != nullptr);
  Cursor in(complete->command);
  (void)grammar::tag(in);
  grammar::sp(in);
  (void)grammar::atom(in);
  grammar::sp(in);
  require(grammar::astring(in) == text);
  grammar::sp(in);
  require(grammar::string(in) == text && in.at_end() && !in.failed());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  sequence_sets(text);
  names(text);
  dates(text);
  strings(text);
  return 0;
}
