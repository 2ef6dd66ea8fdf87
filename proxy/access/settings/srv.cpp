#include "proxy/access/settings/srv.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/core.h>
#include <asio/ip/address.hpp>

namespace postern::access::settings {
namespace {

bool is_zone_name(std::string_view name) {
  asio::error_code no_address;
  (void)asio::ip::make_address(std::string(name), no_address);
  return no_address && !name.empty() && name.size() <= 253 &&
         std::ranges::all_of(name, [](unsigned char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.';
         });
}

bool is_offered(const std::optional<Server>& server, Security security) {
  return server && server->reach == Server::Reach::network && server->security == security &&
         is_zone_name(server->host);
}

std::string record(const char* service, const std::string& domain,
                   const std::optional<Server>& server, Security security) {
  const std::string name = fmt::format("_{}._tcp.{}.", service, domain);
  if (!is_offered(server, security)) return fmt::format("{:<40} 3600 IN SRV 0 0 0 .\n", name);
  return fmt::format("{:<40} 3600 IN SRV 0 1 {} {}.\n", name, server->port, server->host);
}

}  // namespace

std::string srv_records(const MailSettings& settings) {
  const std::string domain = settings.domain();
  if (!is_zone_name(domain))
    return "; the mail address has no domain that could have records: nothing to copy\n";
  std::string out;
  for (const auto* server : {&settings.imap, &settings.smtp}) {
    if (*server && !is_zone_name((*server)->host))
      out += "; a server is known by its address only, which no SRV record can name\n";
  }
  out += record("imaps", domain, settings.imap, Security::tls);
  out += record("imap", domain, settings.imap, Security::starttls);
  out += record("pop3", domain, settings.pop3, Security::starttls);
  out += record("pop3s", domain, settings.pop3, Security::tls);
  out += record("submissions", domain, settings.smtp, Security::tls);
  out += record("submission", domain, settings.smtp, Security::starttls);
  return out;
}

}  // namespace postern::access::settings
