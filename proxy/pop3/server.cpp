#include "proxy/pop3/server.h"

#include <cassert>
#include <exception>
#include <utility>

#include "proxy/access/throttle.h"
#include "sync/base/log.h"
#include "sync/net/error.h"

namespace postern::pop3 {

Server::Server(asio::any_io_executor executor, access::Directory& directory,
               const net::TlsServer* tls, Limits limits)
    : executor_(executor), tasks_(executor, "pop3"), surroundings_{directory, tls, limits, {}} {}

Server::~Server() = default;

void Server::serve(net::Listener listener, Face face) {
  assert(face == Face::pop3 || surroundings_.tls != nullptr);
  const auto place = listeners_.insert(listeners_.end(), std::move(listener));
  log::info("pop3", "listening on {}{}", place->address(), face == Face::pop3s ? " (TLS)" : "");
  tasks_.spawn("accepting on " + place->address(), accept(place, face));
}

asio::awaitable<void> Server::accept(Listeners::iterator listener, Face face) {
  while (true) {
    try {
      net::Stream stream = co_await listener->accept();
      admit(std::move(stream), face);
    } catch (const net::Error& error) {
      if (error.kind() == net::ErrorKind::cancelled || error.kind() == net::ErrorKind::closed)
        break;
      log::warning("pop3", "a connection could not be accepted: {}", error.what());
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
    log::warning("pop3", "{}: too many connections", stream.peer());
    return;
  }
  ++here;
  const std::string peer = stream.peer();
  auto session = std::make_shared<Session>(
      executor_, std::move(stream), surroundings_,
      face == Face::pop3s ? Session::Start::tls : Session::Start::plaintext);
  sessions_.push_back(session);
  tasks_.spawn("session of " + peer, converse(std::move(session), address));
}

asio::awaitable<void> Server::converse(std::shared_ptr<Session> session, std::string address) {
  std::exception_ptr lost;
  try {
    co_await session->run();
  } catch (...) {
    lost = std::current_exception();
  }
  std::erase(sessions_, session);
  const auto count = by_address_.find(address);
  if (--count->second == 0) by_address_.erase(count);
  if (lost) std::rethrow_exception(lost);
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

}  // namespace postern::pop3
