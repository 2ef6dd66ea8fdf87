#include "proxy/access/settings/mail_settings.h"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

#include <asio/ip/address.hpp>

namespace postern::access::settings {
namespace {

using Protocol = Offer::Protocol;
using Reach = Server::Reach;

Security security_of(Protocol protocol) {
  const bool begins_with_tls =
      protocol == Protocol::imaps || protocol == Protocol::submissions || protocol == Protocol::web;
  return begins_with_tls ? Security::tls : Security::starttls;
}

std::optional<Server> server_of(const Offer& offer, const Hosts& hosts) {
  const std::size_t colon = offer.address.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  Server out;
  const char* const end = offer.address.data() + offer.address.size();
  if (std::from_chars(offer.address.data() + colon + 1, end, out.port).ptr != end)
    return std::nullopt;
  std::string host = offer.address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  asio::error_code no_address;
  const auto address = asio::ip::make_address(host, no_address);
  out.security = security_of(offer.protocol);
  if (!no_address && address.is_loopback()) {
    out.reach = Reach::this_machine;
    out.host = hosts.this_machine;
  } else if (!no_address && (address.is_unspecified() || !hosts.addresses)) {
    out.host = hosts.network;
  } else {
    out.host = std::move(host);
  }
  return out;
}

std::optional<Server> best_of(const std::vector<Offer>& offers, const Hosts& hosts,
                              std::initializer_list<Protocol> protocols) {
  const auto rank = [](const Server& server) { return std::tie(server.reach, server.security); };
  std::optional<Server> best;
  for (const Offer& offer : offers) {
    if (std::ranges::find(protocols, offer.protocol) == protocols.end()) continue;
    auto server = server_of(offer, hosts);
    if (server && (!best || rank(*server) < rank(*best))) best = std::move(server);
  }
  return best;
}

}  // namespace

std::string MailSettings::domain() const {
  const std::size_t at = mail_address.rfind('@');
  if (at != std::string::npos && at + 1 < mail_address.size()) return mail_address.substr(at + 1);
  for (const auto* server : {&imap, &smtp, &pop3}) {
    if (*server) return (*server)->host;
  }
  return "localhost";
}

std::string MailSettings::address_or_login() const {
  if (!mail_address.empty()) return mail_address;
  return login.substr(0, login.find('/')) + "@" + domain();
}

MailSettings mail_settings(const std::vector<Offer>& offers, const Hosts& hosts, std::string login,
                           std::string mail_address, std::string person) {
  MailSettings out;
  out.login = std::move(login);
  out.mail_address = std::move(mail_address);
  out.person = std::move(person);
  out.imap = best_of(offers, hosts, {Protocol::imap, Protocol::imaps});
  out.pop3 = best_of(offers, hosts, {Protocol::pop3});
  out.smtp = best_of(offers, hosts, {Protocol::submission, Protocol::submissions});
  out.web = best_of(offers, hosts, {Protocol::web});
  return out;
}

std::string network_name(const std::vector<std::string>& names) {
  const auto dotted =
      std::ranges::find_if(names, [](const std::string& name) { return name.contains('.'); });
  return dotted != names.end() ? *dotted : names.front();
}

}  // namespace postern::access::settings
