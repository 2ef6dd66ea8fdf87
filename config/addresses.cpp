// Hosts, ports and addresses among the values of the file.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "config/values.h"

namespace postern::config {
namespace {

std::unexpected<Problem> wrong(std::string what, std::string advice) {
  return std::unexpected(Problem{std::move(what), std::move(advice)});
}

/// The usual spelling of an IP address; none when it is not one.
std::optional<std::string> ip_address(const std::string& host) {
  // The functions below stop at a NUL.
  if (host.find('\0') != std::string::npos) return std::nullopt;
  std::array<unsigned char, sizeof(in6_addr)> octets{};
  std::array<char, INET6_ADDRSTRLEN> spelled{};
  for (const int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, host.c_str(), octets.data()) == 1 &&
        inet_ntop(family, octets.data(), spelled.data(), spelled.size()) != nullptr) {
      return spelled.data();
    }
  }
  return std::nullopt;
}

bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  std::size_t label = 0;
  for (const char c : host) {
    const bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      c == '-' || c == '_';
    if (c == '.' ? label == 0 : !word || label == 63) return false;
    label = c == '.' ? 0 : label + 1;
  }
  // The last label of a name is never a number: this is a mistyped address.
  const std::size_t last = host.find_last_not_of('.');
  return last != std::string_view::npos &&
         !(host[last] >= '0' && host[last] <= '9' &&
           host.find_first_not_of("0123456789.") == std::string_view::npos);
}

struct Split {
  std::string host;
  std::string_view port;
  bool bracketed = false;
};

std::optional<Split> split(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed && host.find(':') != std::string_view::npos) return std::nullopt;
  return Split{std::string(host), text.substr(colon + 1), bracketed};
}

std::optional<std::uint16_t> port_number(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

}  // namespace

Parsed<HostPort> host_port(std::string_view text) {
  auto line = line_of_text(text);
  if (!line) return std::unexpected(line.error());
  auto parts = split(text);
  if (!parts) {
    return wrong(fmt::format("{} has no port", shown(text)),
                 "write host:port, like pop.example.net:995 or [::1]:110");
  }
  const auto port = port_number(parts->port);
  if (!port || *port == 0) {
    return wrong(fmt::format("{} is not a port", shown(parts->port)), "write one from 1 to 65535");
  }
  if (auto address = ip_address(parts->host)) {
    if (parts->bracketed == (address->find(':') != std::string::npos)) {
      return HostPort{std::move(*address), *port};
    }
  } else if (!parts->bracketed && is_host_name(parts->host)) {
    return HostPort{lower(parts->host), *port};
  }
  return wrong(fmt::format("{} is not a host", shown(parts->host)),
               "write a name of letters, digits, - and . (others in their xn-- form), or an IP "
               "address, an IPv6 one in []");
}

Parsed<std::string> endpoint_url(std::string_view text) {
  auto line = line_of_text(text);
  if (!line) return std::unexpected(line.error());
  const std::size_t scheme = text.find("://");
  const bool known = text.starts_with("https://") || text.starts_with("http://");
  if (!known || text.find_first_of(" #\\\"<>^`{|}") != std::string_view::npos) {
    return wrong(fmt::format("{} is not a URL", shown(text)),
                 "write it like https://login.example.net/token");
  }
  std::string_view authority = text.substr(scheme + 3);
  authority = authority.substr(0, authority.find_first_of("/?"));
  const std::string with_port = std::string(authority) + (split(authority) ? ""
                                                          : scheme == 5    ? ":443"
                                                                           : ":80");
  const auto host = host_port(with_port);
  if (!host) return std::unexpected(host.error());
  if (scheme == 4 && !is_loopback(host->host)) {
    return wrong(fmt::format("secrets would cross the network to {} unprotected", host->host),
                 "write https://");
  }
  return line;
}

Parsed<std::string> listen_address(std::string_view text) {
  const std::string advice =
      "write 127.0.0.1:PORT or [::1]:PORT for this machine alone, 0.0.0.0:PORT or [::]:PORT for "
      "all";
  auto parts = split(text);
  const auto port = parts ? port_number(parts->port) : std::nullopt;
  if (!port) return wrong(fmt::format("{} is not an address with a port", shown(text)), advice);
  const auto address = ip_address(parts->host == "localhost" ? "127.0.0.1" : parts->host);
  if (!address || parts->bracketed != (address->find(':') != std::string::npos)) {
    return wrong(fmt::format("{} is not an IP address", shown(parts->host)), advice);
  }
  return parts->bracketed ? fmt::format("[{}]:{}", *address, *port)
                          : fmt::format("{}:{}", *address, *port);
}

bool is_loopback(std::string_view host) {
  const auto address = ip_address(std::string(host));
  return lower(host) == "localhost" ||
         (address && (address->starts_with("127.") || address->starts_with("::ffff:127.") ||
                      *address == "::1"));
}

}  // namespace postern::config
