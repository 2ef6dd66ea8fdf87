#include "sync/engine/outgoing/explain.h"

#include <string>

#include <fmt/format.h>

#include "sync/base/log.h"

namespace postern::engine::outgoing {

Trouble explain(const config::Outgoing& server, const upstream::Refused& why,
                wire::sasl::SecretKind shown) {
  const std::string name = fmt::format("{}:{}", server.server.host, server.server.port);
  const std::string words = log::quoted(why.words);
  using upstream::Refusal;
  switch (why.kind) {
    case Refusal::auth:
      if (shown == wire::sasl::SecretKind::token) {
        return {SourceState::sign_in_needed,
                fmt::format("{} refused the token of {} with {}; sign in again: postern login",
                            name, server.username, words)};
      }
      return {SourceState::wrong_password,
              fmt::format("{} refused the login of {} with {}; check user name and password, and "
                          "that the provider allows programs to send",
                          name, server.username, words)};
    case Refusal::no_tls:
      return {SourceState::server_error,
              fmt::format("{}: no TLS ({}); the password was not sent. Use `tls: implicit` with "
                          "the port for it, usually 465",
                          name, words)};
    case Refusal::login_method:
      return {SourceState::server_error,
              fmt::format("{} refused the way to log in ({}); name another one with `login:`", name,
                          words)};
    case Refusal::sys_temp:
      return {SourceState::server_error,
              fmt::format("{} has a passing trouble ({}); it is tried again", name, words)};
    default:
      return {
          SourceState::server_error,
          fmt::format("{} gave no answer that makes sense, at {} ({})", name, why.during, words)};
  }
}

}  // namespace postern::engine::outgoing
