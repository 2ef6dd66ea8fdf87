#include "proxy/access/settings/dns_sd.h"

#include <fmt/core.h>

#include "proxy/access/settings/xml.h"

namespace postern::access::settings {

std::vector<Service> services_of(const MailSettings& settings) {
  std::vector<Service> out;
  const auto add = [&](const std::optional<Server>& server, const char* tls, const char* starttls) {
    if (!server || server->reach != Server::Reach::network) return;
    out.push_back({server->security == Security::tls ? tls : starttls, server->port});
  };
  add(settings.imap, "_imaps._tcp", "_imap._tcp");
  add(settings.pop3, "_pop3s._tcp", "_pop3._tcp");
  add(settings.smtp, "_submissions._tcp", "_submission._tcp");
  add(settings.web, "_https._tcp", "_http._tcp");
  return out;
}

NamedFile avahi_file(const std::vector<Service>& services) {
  XmlWriter xml;
  xml.open("service-group").leaf("name", "Postern on %h", "replace-wildcards=\"yes\"");
  for (const Service& service : services) {
    xml.open("service").leaf("type", service.type).leaf("port", service.port).close("service");
  }
  return {"postern.service", xml.close("service-group").take()};
}

std::vector<NamedFile> resolved_files(const std::vector<Service>& services) {
  std::vector<NamedFile> out;
  for (const Service& service : services) {
    const std::string label = service.type.substr(1, service.type.find('.') - 1);
    out.push_back({fmt::format("postern-{}.dnssd", label),
                   fmt::format("[Service]\nName=Postern on %H\nType={}\nPort={}\n", service.type,
                               service.port)});
  }
  return out;
}

}  // namespace postern::access::settings
