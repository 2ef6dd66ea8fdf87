#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "proxy/access/directory.h"
#include "proxy/pop3/limits.h"
#include "proxy/pop3/session.h"
#include "sync/net/listener.h"
#include "sync/net/task_group.h"
#include "sync/net/tls.h"

namespace postern::pop3 {

/// The POP3 server on the INBOX of each account: any number of listeners, one session for each
/// connection.
///
/// Invariants of this folder:
/// - A session sees one snapshot from login to the end; one session at a time has an account's
///   maildrop open.
/// - Messages go only by QUIT, in one transaction, and exactly the ones that were marked.
/// - A session's memory is bounded: one command, the answers being written and two batches of
///   messages read ahead.
/// - Nothing of a message is read on the network thread.
///
/// Order: serve() for each listener; to end: stop(), then after a while cancel(), then join().
/// Network thread.
class Server {
 public:
  enum class Face : std::uint8_t { pop3, pop3s };

  /// `tls` may be nullptr: no STLS, and no pop3s. Both outlive the server.
  Server(asio::any_io_executor executor, access::Directory& directory, const net::TlsServer* tls,
         Limits limits);
  Server(const Server&) = delete;
  ~Server();

  void serve(net::Listener listener, Face face = Face::pop3);
  /// For connections from now on.
  void set_tls(const net::TlsServer* tls) { surroundings_.tls = tls; }
  /// Holds from the next time that one of the limits is looked at.
  void set_limits(const Limits& limits) { surroundings_.limits = limits; }
  /// Stops accepting on this address (Listener::address()); sessions go on.
  void close_listener(const std::string& address);
  [[nodiscard]] std::vector<SessionFacts> sessions() const;

  /// Stops accepting and ends each session when its command is over.
  void stop();
  /// Ends what is still there.
  void cancel();
  asio::awaitable<void> join();

 private:
  using Listeners = std::list<net::Listener>;
  asio::awaitable<void> accept(Listeners::iterator listener, Face face);
  void admit(net::Stream stream, Face face);
  asio::awaitable<void> converse(std::shared_ptr<Session> session, std::string address);

  asio::any_io_executor executor_;
  net::TaskGroup tasks_;
  Surroundings surroundings_;
  Listeners listeners_;
  std::list<std::shared_ptr<Session>> sessions_;
  std::map<std::string, std::size_t> by_address_;
  bool stopping_ = false;
};

}  // namespace postern::pop3
