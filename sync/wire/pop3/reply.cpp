#include "sync/wire/pop3/reply.h"

#include <array>
#include <utility>

#include "sync/wire/command_text.h"

namespace postern::wire::pop3 {

namespace {

constexpr std::array<std::pair<std::string_view, ResponseCode>, 5> codes{{
    {"IN-USE", ResponseCode::in_use},
    {"LOGIN-DELAY", ResponseCode::login_delay},
    {"SYS/TEMP", ResponseCode::sys_temp},
    {"SYS/PERM", ResponseCode::sys_perm},
    {"AUTH", ResponseCode::auth},
}};

/// Hierarchical codes are read by their longest known beginning: "SYS/TEMP/LOCK" is SYS/TEMP
/// (RFC 2449 section 8).
ResponseCode code_of(std::string_view word) {
  for (const auto& [name, code] : codes) {
    if (is_word(word.substr(0, name.size()), name) &&
        (word.size() == name.size() || word[name.size()] == '/'))
      return code;
  }
  return ResponseCode::other;
}

/// Takes "[CODE]" off the front of `text`.
ResponseCode take_code(std::string_view& text) {
  if (text.empty() || text.front() != '[') return ResponseCode::none;
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos) return ResponseCode::none;
  const ResponseCode code = code_of(trimmed(text.substr(1, end - 1)));
  text = trimmed(text.substr(end + 1));
  return code;
}

}  // namespace

std::optional<Reply> parse_reply(std::string_view line) {
  std::string_view rest = line;
  const std::string_view word = take_word(rest);
  Reply reply;
  if (is_word(word, "+OK")) {
    reply.indicator = Indicator::ok;
  } else if (is_word(word, "-ERR")) {
    reply.indicator = Indicator::err;
  } else if (word == "+") {
    reply.indicator = Indicator::challenge;
    reply.text = trimmed(rest);
    return reply;
  } else {
    return std::nullopt;
  }
  reply.text = trimmed(rest);
  reply.code = take_code(reply.text);
  return reply;
}

}  // namespace postern::wire::pop3
