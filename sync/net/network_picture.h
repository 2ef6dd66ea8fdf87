#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>

namespace postern::net {

/// What is known of this machine's addresses and default routes, from the kernel's messages
/// (rtnetlink(7)). Pure: octets are handed in, in the byte order of this machine.
///
/// Only what makes servers reachable counts: an address beyond the machine and its link that was
/// not there, or a default route. What goes away, and what is only told again (a router
/// advertisement renews both every few minutes), is no news.
class NetworkPicture {
 public:
  enum class News : std::uint8_t { none, connected };
  /// A datagram of the kernel with one or several messages; what is cut short is left out.
  News take(std::span<const char> datagram);

 private:
  enum class Event : std::uint8_t { appears, vanishes };
  News take_address(Event event, std::span<const char> message);
  News take_route(Event event, std::span<const char> message);
  News note(Event event, std::string what);

  std::set<std::string> known_;
};

}  // namespace postern::net
