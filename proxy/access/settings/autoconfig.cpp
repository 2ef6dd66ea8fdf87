#include "proxy/access/settings/autoconfig.h"

#include <fmt/core.h>

#include "proxy/access/settings/xml.h"

namespace postern::access::settings {
namespace {

const char* socket_type(Security security) {
  switch (security) {
    case Security::tls: return "SSL";
    case Security::starttls: return "STARTTLS";
    case Security::none: break;
  }
  return "plain";
}

void add_server(XmlWriter& xml, const char* element, const char* type, const Server& server,
                const std::string& login) {
  xml.open(element, fmt::format("type=\"{}\"", type))
      .leaf("hostname", server.host)
      .leaf("port", server.port)
      .leaf("socketType", socket_type(server.security))
      .leaf("authentication", "password-cleartext")
      .leaf("username", login)
      .close(element);
}

}  // namespace

std::string autoconfig_xml(const MailSettings& settings) {
  const std::string domain = settings.domain();
  XmlWriter xml;
  xml.open("clientConfig", "version=\"1.1\"")
      .open("emailProvider", fmt::format("id=\"{}\"", xml_text(domain)))
      .leaf("domain", domain)
      .leaf("displayName", settings.address_or_login() + " (Postern)")
      .leaf("displayShortName", "Postern");
  if (settings.imap) add_server(xml, "incomingServer", "imap", *settings.imap, settings.login);
  if (settings.pop3) add_server(xml, "incomingServer", "pop3", *settings.pop3, settings.login);
  if (settings.smtp) add_server(xml, "outgoingServer", "smtp", *settings.smtp, settings.login);
  return xml.close("emailProvider").close("clientConfig").take();
}

}  // namespace postern::access::settings
