#include "proxy/web/server.h"

#include "sync/wire/http/answer.h"

namespace postern::web {

Server::Server(const asio::any_io_executor& executor, access::Directory& directory, House& house,
               const Limits& limits)
    : access::Server(executor, "web"),
      shared_(
          std::make_unique<Surroundings>(access::Surroundings{directory, tasks_}, house, limits)) {}

std::string Server::invite(std::chrono::steady_clock::duration lifetime) const {
  return "#enter=" + shared_->doorkeeper.invite(std::chrono::steady_clock::now() + lifetime);
}

std::shared_ptr<access::Session> Server::begin(net::Stream stream, access::Start start) {
  return std::make_shared<Session>(executor_, std::move(stream), *shared_, start);
}

std::string Server::too_many() const {
  return wire::http::format({503, {{"Retry-After", "10"}}, "too many connections\n"},
                            wire::http::Framing::last);
}

}  // namespace postern::web
