#pragma once

#include <cassert>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "proxy/access/session.h"
#include "sync/net/listener.h"
#include "sync/net/task_group.h"
#include "sync/net/tls.h"

namespace postern::access {

/// The server of one face: any number of listeners, one session for each connection, as many
/// connections as the limits allow.
///
/// Order: serve() for each listener; to end: stop(), then after a while cancel(), then join().
/// Network thread.
class Server {
 public:
  Server(const Server&) = delete;
  virtual ~Server();

  /// `scanner`: Peer::scanner of those who come there.
  void serve(net::Listener listener, Start start = Start::plaintext, std::string scanner = {});
  /// Stops accepting on this address (Listener::address()); sessions go on.
  void close_listener(const std::string& address);
  [[nodiscard]] std::vector<SessionFacts> sessions() const;

  /// Ends the sessions of a device.
  void end_sessions(std::string_view account, std::string_view device);

  /// Stops accepting and has each session end when its command is over.
  void stop();
  /// Ends what is still there.
  void cancel();
  asio::awaitable<void> join();

 protected:
  /// `protocol` is for the log and for status.
  Server(asio::any_io_executor executor, std::string protocol);

  virtual std::shared_ptr<Session> begin(net::Stream stream, Start start) = 0;
  [[nodiscard]] virtual const Limits& limits() const = 0;
  /// What a connection too many is told, in the protocol's words.
  [[nodiscard]] virtual std::string too_many() const = 0;

  asio::any_io_executor executor_;
  net::TaskGroup tasks_;

 private:
  using Listeners = std::list<net::Listener>;
  asio::awaitable<void> accept(Listeners::iterator listener, Start start, std::string scanner);
  void admit(net::Stream stream, Start start, const std::string& scanner);
  void refuse(net::Stream stream, Start start);
  asio::awaitable<void> converse(std::shared_ptr<Session> session, std::string address);
  asio::awaitable<void> turn_away(std::shared_ptr<net::Stream> stream, std::string words);

  std::string protocol_;
  Listeners listeners_;
  std::list<std::shared_ptr<Session>> sessions_;
  std::map<std::string, std::size_t> by_address_;
  std::size_t turned_away_ = 0;  ///< being told so
  bool stopping_ = false;
};

/// The server of a face with `Conversation` for its sessions, which says its `protocol` and
/// `too_many`; `Shared` is its Surroundings with the face's own `limits`.
template <class Conversation, class Shared>
class FaceServer final : public Server {
 public:
  using Bounds = decltype(Shared::limits);

  /// `tls` may be nullptr: no STARTTLS, and nothing with TLS from the start. Both outlive the
  /// server.
  FaceServer(const asio::any_io_executor& executor, Directory& directory, const net::TlsServer* tls,
             const Bounds& limits)
      : Server(executor, Conversation::protocol),
        shared_{{directory, tasks_, tls, Certificates::asked}, limits} {}

  /// For connections from now on.
  void set_tls(const net::TlsServer* tls) { shared_.tls = tls; }
  /// Holds from the next time that one of the limits is looked at.
  void set_limits(const Bounds& limits) { shared_.limits = limits; }

 private:
  std::shared_ptr<Session> begin(net::Stream stream, Start start) override {
    assert(start == Start::plaintext || shared_.tls != nullptr);
    return std::make_shared<Conversation>(executor_, std::move(stream), shared_, start);
  }
  [[nodiscard]] const Limits& limits() const override { return shared_.limits; }
  [[nodiscard]] std::string too_many() const override { return Conversation::too_many(); }

  Shared shared_;
};

}  // namespace postern::access
