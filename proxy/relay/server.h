#pragma once

#include <memory>
#include <string>

#include <asio/any_io_executor.hpp>

#include "proxy/access/server.h"
#include "proxy/relay/session.h"

namespace postern::relay {

/// One relay: a plain listener for programs, and for each of their connections one to the server,
/// with TLS.
///
/// Invariants of this folder:
/// - No octet of a program goes out before TLS to the server is up and its certificate is verified;
///   there is no way back to plaintext. What a program sends before that waits in the system.
/// - Nothing that a server said before TLS reaches a program, its greeting and capabilities
/// included.
/// - STARTTLS and STLS of a program never go out, and nothing that it is shown invites to them.
/// - When the server cannot be had, the program is told why, in its protocol, in words for a
/// person.
/// - Once the login is through, every octet goes on as it is, in both directions, and octets that
/// one
///   side does not take are not read from the other. The end of a side goes on to the other one.
/// - A session's memory is bounded: lines up to a limit before login, one buffer that a slow side
/// has
///   not taken afterwards. A session on which nothing happens has no buffer.
/// - A relay that signs in gives the program's password to no server, and the provider's to no
/// program.
/// - Nothing is kept, nothing is logged of what goes through.
class Server final : public access::Server {
 public:
  /// `directory` and `splicer` outlive the server.
  Server(const asio::any_io_executor& executor, access::Directory& directory, net::Splicer& splicer,
         Route route, const Limits& limits);

  /// For connections from now on.
  void set_route(Route route) { shared_.route = std::move(route); }
  /// Holds from the next time that one of the limits is looked at.
  void set_limits(const Limits& limits) { shared_.limits = limits; }

 private:
  std::shared_ptr<access::Session> begin(net::Stream stream, access::Start start) override;
  [[nodiscard]] const access::Limits& limits() const override { return shared_.limits; }
  [[nodiscard]] std::string too_many() const override;

  Surroundings shared_;
};

}  // namespace postern::relay
