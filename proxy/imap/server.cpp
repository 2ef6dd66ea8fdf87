#include "proxy/imap/server.h"

#include <cassert>
#include <utility>

#include "proxy/access/throttle.h"
#include "sync/base/log.h"
#include "sync/net/error.h"
#include "sync/wire/imap/response.h"

namespace postern::imap {

Server::Server(asio::any_io_executor executor, access::Directory& directory,
               const net::TlsServer* tls, Limits limits)
    : executor_(executor),
      tasks_(executor, "imap"),
      surroundings_{directory, tls, tasks_, limits} {}

Server::~Server() = default;

void Server::serve(net::Listener listener, Face face) {
  assert(face == Face::imap || surroundings_.tls != nullptr);
  const auto place = listeners_.insert(listeners_.end(), std::move(listener));
  log::info("imap", "listening on {}{}", place->address(), face == Face::imaps ? " (TLS)" : "");
  tasks_.spawn("accepting on " + place->address(), accept(place, face));
}

asio::awaitable<void> Server::accept(Listeners::iterator listener, Face face) {
  while (true) {
    try {
      admit(co_await listener->accept(), face);
    } catch (const net::Error& error) {
      if (error.kind() == net::ErrorKind::cancelled || error.kind() == net::ErrorKind::closed)
        break;
      log::warning("imap", "a connection could not be accepted: {}", error.what());
    }
  }
  listeners_.erase(listener);
}

void Server::admit(net::Stream stream, Face face) {
  const Limits& limits = surroundings_.limits;
  const std::string address = access::network_of(stream.peer_address());
  std::size_t& here = by_address_[address];
  if (stopping_ || sessions_.size() >= limits.connections ||
      here >= limits.connections_per_address) {
    if (here == 0) by_address_.erase(address);
    log::warning("imap", "{}: too many connections", stream.peer());
    // A flood is not worth a goodbye for each.
    constexpr std::size_t most_goodbyes = 100;
    if (turned_away_ >= most_goodbyes) return;
    ++turned_away_;
    tasks_.spawn("refusing " + address,
                 turn_away(std::make_shared<net::Stream>(std::move(stream)), face));
    return;
  }
  ++here;
  const std::string peer = stream.peer();
  auto session = std::make_shared<Session>(
      executor_, std::move(stream), surroundings_,
      face == Face::imaps ? Session::Start::tls : Session::Start::plaintext);
  tasks_.spawn("session of " + peer, converse(std::move(session), address));
}

asio::awaitable<void> Server::converse(std::shared_ptr<Session> session, std::string address) {
  const auto place = sessions_.insert(sessions_.end(), session);
  std::exception_ptr lost;
  try {
    co_await session->run();
  } catch (...) {
    lost = std::current_exception();
  }
  sessions_.erase(place);
  const auto count = by_address_.find(address);
  if (--count->second == 0) by_address_.erase(count);
  if (lost) std::rethrow_exception(lost);
}

/// With TLS from the start there is nothing that could be said before the handshake.
asio::awaitable<void> Server::turn_away(std::shared_ptr<net::Stream> stream, Face face) {
  try {
    if (face == Face::imap) {
      std::string goodbye;
      wire::imap::append_status(goodbye, "*", wire::imap::Condition::bye, "UNAVAILABLE",
                                "Too many connections");
      co_await stream->write(goodbye, std::chrono::seconds(1));
      co_await stream->shutdown();
    }
  } catch (const net::Error& error) {
    log::debug("imap", "{}", error.what());
  }
  --turned_away_;
}

void Server::close_listener(const std::string& address) {
  for (net::Listener& listener : listeners_) {
    if (listener.address() == address) listener.close();
  }
}

std::vector<SessionFacts> Server::sessions() const {
  std::vector<SessionFacts> facts;
  for (const auto& session : sessions_) facts.push_back(session->facts());
  return facts;
}

void Server::stop() {
  stopping_ = true;
  for (net::Listener& listener : listeners_) listener.close();
  for (const auto& session : sessions_) session->ask_to_stop();
}

void Server::cancel() {
  tasks_.cancel();
}

asio::awaitable<void> Server::join() {
  co_await tasks_.join();
}

}  // namespace postern::imap
