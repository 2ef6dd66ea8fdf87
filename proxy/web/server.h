#pragma once

#include "proxy/access/server.h"
#include "proxy/web/session.h"

namespace postern::web {

/// The page (docs/web.md), over HTTP/1.1: any number of listeners, one session for each connection.
///
/// Invariants of this folder:
/// - Whoever has no pass sees the empty page, /healthz and /readyz, from this machine /metrics, and
///   where mail programs are to connect to (discovery.h), which names no account.
/// - A request that names another host or comes from another page does nothing and is told nothing.
/// - GET and Autodiscover change nothing. What acts is a POST of JSON with cookie, token and our
///   own Origin.
/// - Everything that is sent is of our own making or JSON; words of peers are in the JSON only, and
///   the page puts them in as text.
/// - A session's memory is bounded: one request, one answer. Who listens to changes has no queue.
class Server final : public access::Server {
 public:
  /// `directory` and `house` outlive it.
  Server(const asio::any_io_executor& executor, access::Directory& directory, House& house,
         const Limits& limits);

  /// For connections from now on; nullptr: nothing with TLS.
  void set_tls(const net::TlsServer* tls) { shared_->tls = tls; }
  /// Holds from the next time that one of the limits is looked at.
  void set_limits(const Limits& limits) { shared_->limits = limits; }
  /// What stands behind the address of the page, good once: "#enter=..."
  [[nodiscard]] std::string invite(std::chrono::steady_clock::duration lifetime) const;

 private:
  std::shared_ptr<access::Session> begin(net::Stream stream, access::Start start) override;
  [[nodiscard]] const access::Limits& limits() const override { return shared_->limits; }
  [[nodiscard]] std::string too_many() const override;

  std::unique_ptr<Surroundings> shared_;
};

}  // namespace postern::web
