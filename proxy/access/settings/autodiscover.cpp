#include "proxy/access/settings/autodiscover.h"

#include "proxy/access/settings/xml.h"

namespace postern::access::settings {
namespace {

constexpr const char* outer =
    "xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006\"";
constexpr const char* inner =
    "xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a\"";

const char* encryption(Security security) {
  switch (security) {
    case Security::tls: return "SSL";
    case Security::starttls: return "TLS";
    case Security::none: break;
  }
  return "None";
}

void add_protocol(XmlWriter& xml, const char* type, const Server& server,
                  const std::string& login) {
  xml.open("Protocol")
      .leaf("Type", type)
      .leaf("Server", server.host)
      .leaf("Port", server.port)
      .leaf("DomainRequired", "off")
      .leaf("LoginName", login)
      .leaf("SPA", "off")
      .leaf("SSL", server.security == Security::none ? "off" : "on")
      .leaf("Encryption", encryption(server.security))
      .leaf("AuthRequired", "on")
      .close("Protocol");
}

}  // namespace

std::string autodiscover_xml(const MailSettings& settings) {
  XmlWriter xml;
  xml.open("Autodiscover", outer).open("Response", inner);
  xml.open("User")
      .leaf("DisplayName", settings.person.empty() ? settings.address_or_login() : settings.person)
      .close("User");
  xml.open("Account").leaf("AccountType", "email").leaf("Action", "settings");
  if (settings.imap) add_protocol(xml, "IMAP", *settings.imap, settings.login);
  if (settings.pop3) add_protocol(xml, "POP3", *settings.pop3, settings.login);
  if (settings.smtp) add_protocol(xml, "SMTP", *settings.smtp, settings.login);
  return xml.close("Account").close("Response").close("Autodiscover").take();
}

}  // namespace postern::access::settings
