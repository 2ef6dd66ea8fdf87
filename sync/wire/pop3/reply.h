#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace postern::wire::pop3 {

/// RFC 2449 section 8, RFC 3206: what a server says about an answer in brackets.
enum class ResponseCode : std::uint8_t {
  none,
  in_use,       ///< another session holds the maildrop
  login_delay,  ///< logged in again too soon
  sys_temp,
  sys_perm,
  auth,   ///< the credentials are wrong
  other,  ///< one that we do not know
};

enum class Indicator : std::uint8_t {
  ok,
  err,
  challenge,  ///< RFC 5034 section 4: "+ " and base64
};

/// The first line of an answer. Views are into the line it was read from.
struct Reply {
  Indicator indicator = Indicator::ok;
  ResponseCode code = ResponseCode::none;
  std::string_view text;  ///< behind the code; for a challenge the base64; a peer's words

  [[nodiscard]] bool ok() const { return indicator == Indicator::ok; }
};

/// RFC 1939 section 3, tolerant of case and of blanks. nullopt for what is no status line.
[[nodiscard]] std::optional<Reply> parse_reply(std::string_view line);

}  // namespace postern::wire::pop3
