#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/config.h"
#include "sync/upstream/refused.h"
#include "sync/wire/sasl/choose.h"

namespace postern::upstream {

/// What the logins with a server taught; forgetting it costs a refused attempt.
struct LoginMemory {
  /// The server offers these and does not carry them out.
  std::vector<config::Login> refused;
};

/// What a way to log in is chosen by. Pure.
struct LoginOffer {
  std::span<const std::string> mechanisms;  ///< as the server names them
  /// Whether it says that a command of its own takes user name and password: USER, LOGIN.
  enum class UserCommand : std::uint8_t { unsaid, offered, missing } user_command;
  enum class Timestamp : std::uint8_t { none, given } timestamp;  ///< in the greeting, for APOP
  wire::sasl::Binding binding;
  wire::sasl::SecretKind secret;
  config::Login wanted;
  const LoginMemory& memory;
};

/// The ways to try, in order: the wanted one, offered or not; else all that the server offers, the
/// strongest first, without those that it is known to refuse unless no other is left. Empty if
/// there is none. Order: SCRAM with channel binding, SCRAM, CRAM-MD5, APOP, PLAIN, LOGIN, USER.
[[nodiscard]] std::vector<config::Login> login_methods(const LoginOffer& offer);

/// nullopt for `user`, APOP and `strongest`.
[[nodiscard]] std::optional<wire::sasl::Mechanism> mechanism_of(config::Login method);

/// How one way to log in ended.
struct LoginAttempt {
  Answer<void> answer;
  /// Whether the server has seen anything that depends on the credentials.
  enum class Proof : std::uint8_t { none, given } proof = Proof::none;
};

/// Whether a server says when it means the credentials.
enum class Reasons : std::uint8_t {
  unsaid,
  given,  ///< AUTH-RESP-CODE (RFC 3206 section 6)
};

enum class AfterRefusal : std::uint8_t { give_up, next_method };
/// What to do when `method` was refused with `why`. Only a refusal that does not mean the
/// credentials leads on: one that came before they were given; one without a reason of a server
/// that gives reasons; and one of CRAM-MD5 or APOP, which servers offer also
/// to accounts whose password they only know as a hash. Once they were given, what comes next is
/// for another session: each time may count as a wrong password there.
[[nodiscard]] AfterRefusal after_refusal(config::Login method, const Refused& why,
                                         LoginAttempt::Proof proof, Reasons reasons);

/// The last refusal, as it concerns the caller.
[[nodiscard]] Refused final_refusal(Refused why, LoginAttempt::Proof proof);

}  // namespace postern::upstream
