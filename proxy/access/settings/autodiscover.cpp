#include "proxy/access/settings/autodiscover.h"

#include <algorithm>

#include <fmt/core.h>

#include "proxy/access/settings/xml.h"

namespace postern::access::settings {
namespace {

constexpr const char* outer =
    "xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006\"";
constexpr std::string_view inner_schema =
    "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";

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

/// What stands in the only element of that name, white space around it left out; nullopt for none
/// and for several.
std::optional<std::string_view> text_of(std::string_view xml, std::string_view element) {
  const std::string open = "<" + std::string(element) + ">";
  const std::string close = "</" + std::string(element) + ">";
  const std::size_t begin = xml.find(open);
  const std::size_t end = xml.find(close);
  if (begin == std::string_view::npos || end == std::string_view::npos ||
      begin + open.size() > end || xml.rfind(open) != begin || xml.rfind(close) != end)
    return std::nullopt;
  std::string_view text = xml.substr(begin + open.size(), end - begin - open.size());
  constexpr std::string_view blank = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(blank), text.size()));
  text.remove_suffix(text.size() - std::min(text.find_last_not_of(blank) + 1, text.size()));
  return text;
}

/// "local@domain" out of characters that mean nothing in XML.
bool is_plain_address(std::string_view text) {
  constexpr std::size_t longest = 254;
  const std::size_t at = text.find('@');
  const auto plain = [](char c) {
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return alphanumeric || std::string_view("!#$%*+-/=?^_`{|}~.@").contains(c);
  };
  return text.size() <= longest && at != 0 && at + 1 < text.size() && text.rfind('@') == at &&
         std::ranges::all_of(text, plain);
}

}  // namespace

std::optional<std::string> asked_address(std::string_view request) {
  if (request.contains("<!")) return std::nullopt;
  const auto address = text_of(request, "EMailAddress");
  const auto schema = text_of(request, "AcceptableResponseSchema");
  if (schema && *schema != inner_schema) return std::nullopt;
  if (!address || !address->contains('@') || !is_plain_address(*address)) return std::nullopt;
  return std::string(*address);
}

std::string autodiscover_xml(const MailSettings& settings) {
  XmlWriter xml;
  xml.open("Autodiscover", outer).open("Response", fmt::format("xmlns=\"{}\"", inner_schema));
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
