#include <ifaddrs.h>
#include <net/if.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <set>

#include <asio/ip/address.hpp>

#include "sync/net/own_names.h"

namespace postern::net {
namespace {

void add_address(std::set<std::string>& out, const sockaddr& raw) {
  if (raw.sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(raw);
    out.insert(asio::ip::address_v4(ntohl(v4.sin_addr.s_addr)).to_string());
  } else if (raw.sa_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(raw);
    asio::ip::address_v6::bytes_type octets{};
    std::memcpy(octets.data(), &v6.sin6_addr, octets.size());
    out.insert(asio::ip::address_v6(octets).to_string());
  }
}

std::vector<std::string> own_addresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  std::set<std::string> out;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr != nullptr && (entry->ifa_flags & IFF_UP) != 0)
      add_address(out, *entry->ifa_addr);
  }
  ::freeifaddrs(list);
  return {out.begin(), out.end()};
}

}  // namespace

HostFacts host_facts() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) name[0] = '\0';
  return {name.data(), own_addresses()};
}

}  // namespace postern::net
