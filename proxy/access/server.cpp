#include "proxy/access/server.h"

#include <exception>

#include "proxy/access/throttle.h"
#include "sync/base/log.h"
#include "sync/net/error.h"

namespace postern::access {

Server::Server(asio::any_io_executor executor, std::string protocol)
    : executor_(std::move(executor)), tasks_(executor_, protocol), protocol_(std::move(protocol)) {}

Server::~Server() = default;

void Server::serve(net::Listener listener, Start start, std::string scanner) {
  const auto place = listeners_.insert(listeners_.end(), std::move(listener));
  log::info(protocol_, "listening on {}{}", place->address(), start == Start::tls ? " (TLS)" : "");
  tasks_.spawn("accepting on " + place->address(), accept(place, start, std::move(scanner)));
}

asio::awaitable<void> Server::accept(Listeners::iterator listener, Start start,
                                     std::string scanner) {
  while (true) {
    try {
      admit(co_await listener->accept(), start, scanner);
    } catch (const net::Error& error) {
      if (error.kind() == net::ErrorKind::cancelled || error.kind() == net::ErrorKind::closed)
        break;
      log::warning(protocol_, "a connection could not be accepted: {}", error.what());
    }
  }
  listeners_.erase(listener);
}

void Server::admit(net::Stream stream, Start start, const std::string& scanner) {
  const std::string address = network_of(stream.peer_address());
  const auto known = by_address_.find(address);
  const std::size_t here = known == by_address_.end() ? 0 : known->second;
  if (stopping_ || sessions_.size() >= limits().connections ||
      here >= limits().connections_per_address) {
    refuse(std::move(stream), start);
    return;
  }
  ++by_address_[address];
  const std::string peer = stream.peer();
  auto session = begin(std::move(stream), start);
  session->set_scanner(scanner);
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

void Server::refuse(net::Stream stream, Start start) {
  log::warning(protocol_, "{}: too many connections", stream.peer());
  // With TLS from the start there is nothing that could be said before the handshake, and a flood
  // is not worth a word for each.
  constexpr std::size_t most_told = 100;
  if (start == Start::tls || turned_away_ >= most_told) return;
  ++turned_away_;
  const std::string name = "refusing " + stream.peer();
  tasks_.spawn(name, turn_away(std::make_shared<net::Stream>(std::move(stream)), too_many()));
}

asio::awaitable<void> Server::turn_away(std::shared_ptr<net::Stream> stream, std::string words) {
  try {
    co_await stream->write(words, std::chrono::seconds(1));
    co_await stream->shutdown();
  } catch (const net::Error& error) {
    log::debug(protocol_, "{}", error.what());
  }
  --turned_away_;
}

void Server::close_listener(const std::string& address) {
  for (net::Listener& listener : listeners_) {
    if (listener.address() == address) listener.close();
  }
}

std::vector<SessionFacts> Server::sessions() const {
  std::vector<SessionFacts> all;
  for (const auto& session : sessions_) {
    all.push_back(session->facts());
    if (all.back().protocol.empty()) all.back().protocol = protocol_;
  }
  return all;
}

void Server::end_sessions(std::string_view account, std::string_view device) {
  const auto all = sessions_;
  for (const auto& session : all) {
    const SessionFacts facts = session->facts();
    if (facts.account == account && facts.device == device) session->end_now();
  }
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

}  // namespace postern::access
