#include "proxy/web/origin.h"

#include <algorithm>

#include <asio/ip/address.hpp>

#include "sync/wire/ascii.h"

namespace postern::web {
namespace {

/// "[::1]:80" -> "::1", "localhost:80" -> "localhost"; empty for what is neither.
std::string_view name_of(std::string_view host) {
  std::string_view name = host.substr(0, host.rfind(':'));
  std::string_view port = host.substr(name.size());
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    if (end == std::string_view::npos) return {};
    name = host.substr(1, end - 1);
    port = host.substr(end + 1);
  }
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool good = port.empty() || (port.starts_with(':') && port.size() > 1 && port.size() <= 6 &&
                                     std::ranges::all_of(port.substr(1), digit));
  return good ? name : std::string_view();
}

}  // namespace

bool is_certified(std::string_view name, std::string_view certified) {
  if (!certified.starts_with("*.")) return wire::equal_ignoring_case(certified, name);
  const std::size_t dot = name.find('.');
  return dot != std::string_view::npos && dot > 0 &&
         wire::equal_ignoring_case(certified.substr(1), name.substr(dot));
}

bool is_our_host(std::string_view host, const Way& way, const std::vector<std::string>& names) {
  const std::string_view name = name_of(host);
  if (name.empty()) return false;
  asio::error_code no_address;
  const auto address = asio::ip::make_address(std::string(name), no_address);
  if (!no_address) return address.is_loopback() == way.loopback;
  if (way.loopback) return wire::equal_ignoring_case(name, "localhost");
  return std::ranges::any_of(names,
                             [name](const std::string& one) { return is_certified(name, one); });
}

bool is_our_page(const wire::http::Request& request, const Way& way, Effect effect) {
  const auto site = request.field("Sec-Fetch-Site");
  if (site && *site != "same-origin" && (*site != "none" || effect == Effect::acts)) return false;
  const auto origin = request.field("Origin");
  const auto host = request.field("Host");
  if (!origin || !host) return effect == Effect::reads && !origin;
  const std::string ours = (way.secure ? "https://" : "http://") + std::string(*host);
  return wire::equal_ignoring_case(*origin, ours);
}

}  // namespace postern::web
