#include <algorithm>
#include <string>
#include <string_view>

#include "proxy/imap/session.h"
#include "sync/wire/ascii.h"

namespace postern::imap {
namespace {

/// The language that a range (RFC 4647 section 2.1) fits, of those that answers are in; empty if
/// none. RFC 5255 section 3.3: "default" names what nobody has to choose.
std::string_view language_of(std::string_view range) {
  using wire::equal_ignoring_case;
  const std::string_view first = range.substr(0, range.find('-'));
  if (equal_ignoring_case(first, "en") || range == "*") return "EN";
  if (equal_ignoring_case(range, "default") || equal_ignoring_case(range, "i-default"))
    return "I-DEFAULT";
  return {};
}

}  // namespace

/// RFC 5255 section 3.2. Answers are in English, which is what i-default is as well.
asio::awaitable<Answer> Session::run(const wire::imap::command::Language& command) {
  if (command.ranges.empty()) {
    out_ += "* LANGUAGE (EN I-DEFAULT)\r\n";
    co_return Answer::ok("LANGUAGE completed");
  }
  for (const std::string& range : command.ranges) {
    const std::string_view language = language_of(range);
    if (language.empty()) continue;
    out_.append("* LANGUAGE (").append(language).append(")\r\n");
    co_return Answer::ok("LANGUAGE completed");
  }
  co_return Answer::no("", "There are no answers in that language");
}

}  // namespace postern::imap
