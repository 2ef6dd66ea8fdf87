#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <asio/awaitable.hpp>

#include "config/config.h"
#include "sync/base/secret.h"
#include "sync/engine/explain.h"
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
  std::vector<std::string> transcript;  ///< "C: ..." and "S: ..."
};

/// From the connection to the listing and QUIT; nothing is fetched. Every trouble is in the result.
/// Network thread; blocks it while certificates are read, so it is for commands.
asio::awaitable<Encounter> meet(config::Source source, Secret password, Depth depth);

}  // namespace postern::daemon::doctor
