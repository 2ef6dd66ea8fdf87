#include "proxy/relay/server.h"

#include <utility>

namespace postern::relay {

Server::Server(const asio::any_io_executor& executor, access::Directory& directory,
               net::Splicer& splicer, Route route, const Limits& limits)
    : access::Server(executor, "relay"),
      shared_{{directory, tasks_, nullptr}, limits, std::move(route), splicer} {}

std::shared_ptr<access::Session> Server::begin(net::Stream stream, access::Start) {
  return std::make_shared<Session>(executor_, std::move(stream), shared_);
}

std::string Server::too_many() const {
  return farewell(shared_.route.protocol, "too many connections");
}

}  // namespace postern::relay
