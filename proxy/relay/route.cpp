#include "proxy/relay/route.h"

#include <fmt/format.h>

namespace postern::relay {

std::string name_of(const net::Endpoint& server) {
  return fmt::format("{}:{}", server.host, server.port);
}

}  // namespace postern::relay
