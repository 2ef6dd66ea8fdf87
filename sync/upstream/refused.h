#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

namespace postern::upstream {

/// Why a server did not do what it was asked, as far as it matters for what to do next.
enum class Refusal : std::uint8_t {
  auth,          ///< the credentials
  in_use,        ///< another session holds the maildrop
  throttled,     ///< logged in again too soon
  sys_temp,      ///< passes by itself
  sys_perm,      ///< somebody has to do something at the provider
  no_tls,        ///< TLS is wanted and not offered, or a password would go out without it
  no_uidl,       ///< UIDL, which worked before
  too_large,     ///< a message beyond the limit
  doubtful,      ///< a message whose size is not the announced one, while others were asked for
  login_method,  ///< the way to log in, not the credentials
  hung_up,       ///< the connection ended instead of an answer to the credentials
  other,         ///< -ERR without a reason that we know
  protocol,      ///< an answer that makes no sense, or out of step, or beyond the limits
};

/// A server's refusal. After `protocol`, `too_large`, `doubtful` and a failed login the
/// conversation is over.
struct Refused {
  Refusal kind = Refusal::other;
  std::string during;  ///< the command, without its arguments: "PASS"
  std::string words;   ///< what the server said, as it came; or ours, for `protocol`
  /// The server said by a response code what it means: [AUTH] for `auth`.
  bool certain = false;
  /// The message that the answer was about, by its number in this session.
  std::optional<std::uint32_t> message = std::nullopt;
  /// The credentials had been given, so that the server may count it as a wrong password.
  bool after_proof = false;
};

template <class T>
using Answer = std::expected<T, Refused>;

}  // namespace postern::upstream
