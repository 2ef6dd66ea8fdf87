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
#include "proxy/imap/limits.h"
#include "proxy/imap/session.h"
#include "sync/net/listener.h"
#include "sync/net/task_group.h"
#include "sync/net/tls.h"

namespace postern::imap {

/// The IMAP server: any number of listeners, one session for each connection.
///
/// Invariants of this folder:
/// - An answer is sent after the commit of what it answers, and changes of others are told from
///   committed snapshots, in commit order.
/// - Sequence numbers live in a session's own view; nothing else ever holds one.
/// - EXPUNGE is told only where RFC 3501 section 7.4.1 allows it: rules.h says where.
/// - A session's memory is bounded: one command, one batch being written and one being prepared.
/// - Nothing of a message is read on the network thread.
///
/// Order: serve() for each listener; to end: stop(), then after a while cancel(), then join().
/// Network thread.
class Server {
 public:
  enum class Face : std::uint8_t { imap, imaps };

  /// `tls` may be nullptr: no STARTTLS, and no imaps. Both outlive the server.
  Server(asio::any_io_executor executor, access::Directory& directory, const net::TlsServer* tls,
         Limits limits);
  Server(const Server&) = delete;
  ~Server();

  void serve(net::Listener listener, Face face);
  /// For connections from now on.
  void set_tls(const net::TlsServer* tls) { surroundings_.tls = tls; }
  /// Holds from the next time that one of the limits is looked at.
  void set_limits(const Limits& limits) { surroundings_.limits = limits; }
  /// Stops accepting on this address (Listener::address()); sessions go on.
  void close_listener(const std::string& address);
  [[nodiscard]] std::vector<SessionFacts> sessions() const;

  /// Stops accepting and has each session say BYE when its command is over.
  void stop();
  /// Ends what is still there.
  void cancel();
  asio::awaitable<void> join();

 private:
  using Listeners = std::list<net::Listener>;
  asio::awaitable<void> accept(Listeners::iterator listener, Face face);
  void admit(net::Stream stream, Face face);
  asio::awaitable<void> converse(std::shared_ptr<Session> session, std::string address);
  asio::awaitable<void> turn_away(std::shared_ptr<net::Stream> stream, Face face);

  asio::any_io_executor executor_;
  net::TaskGroup tasks_;
  Surroundings surroundings_;
  Listeners listeners_;
  std::list<std::shared_ptr<Session>> sessions_;
  std::map<std::string, std::size_t> by_address_;
  std::size_t turned_away_ = 0;  ///< being told so
  bool stopping_ = false;
};

}  // namespace postern::imap
