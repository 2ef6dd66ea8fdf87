#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <asio/awaitable.hpp>

#include "config/config.h"
#include "sync/base/secret.h"
#include "sync/engine/explain.h"
#include "sync/engine/login_loan.h"
#include "sync/net/stream.h"

namespace postern::daemon::doctor {

/// How far a conversation goes.
enum class Depth : std::uint8_t { hello, login };

/// A conversation with a server, with all that was said. Secrets are not in it; names and addresses
/// are: it is not yet fit to be shown to everybody.
struct Encounter {
  std::string greeting;
  net::TlsFacts tls;
  /// "before TLS", "before login", "after login", each with the lines of CAPA.
  std::vector<std::pair<std::string, std::vector<std::string>>> capabilities;
  std::string methods;  ///< of logging in: offered, and the one that is used
  std::uint64_t messages = 0;
  std::uint64_t octets = 0;
  std::string flaw;                  ///< of the listing
  std::string doing = "connection";  ///< what went wrong, if something did
  std::optional<engine::Trouble> trouble;
  std::optional<upstream::Refused> refusal;  ///< if it was the server that refused
  enum class Login : std::uint8_t { not_tried, tried };
  Login login = Login::not_tried;
  std::optional<std::chrono::seconds> login_delay;  ///< as the server announced it
  std::vector<std::string> transcript;              ///< "C: ..." and "S: ..."
};

/// What the login means for the next one: nullopt if there was none. Pure.
[[nodiscard]] std::optional<engine::LoginEnd> login_end(const Encounter& encounter,
                                                        const engine::LoginHistory& history,
                                                        SteadyTime now);

/// From the connection to the listing and QUIT; nothing is fetched. Every trouble is in the result.
/// Network thread; blocks it while certificates are read, so it is for commands.
/// `secret` is the password, or the token of a source with `oauth:`.
asio::awaitable<Encounter> meet(config::Source source, Secret secret, Depth depth);

}  // namespace postern::daemon::doctor
