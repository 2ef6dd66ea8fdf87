#include "proxy/access/settings/mobileconfig.h"

#include <array>
#include <cstdint>
#include <string_view>

#include <fmt/core.h>

#include "proxy/access/settings/xml.h"

namespace postern::access::settings {
namespace {

/// FNV-1a: an identity that lasts, not a secret.
std::uint64_t hash(std::string_view text, std::uint64_t seed) {
  std::uint64_t out = 0xcbf29ce484222325ULL ^ seed;
  for (const char c : text) out = (out ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ULL;
  return out;
}

/// RFC 9562 section 5.8: a UUID of our own making, the same for the same words.
std::string uuid_of(std::string_view words) {
  const std::uint64_t high = hash(words, 1);
  const std::uint64_t low = hash(words, high);
  return fmt::format("{:08X}-{:04X}-8{:03X}-{:04X}-{:012X}", high >> 32, (high >> 16) & 0xffff,
                     high & 0xfff, 0x8000 | ((low >> 48) & 0x3fff), low & 0xffffffffffff);
}

std::string base64(std::string_view octets) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    std::uint32_t bits = 0;
    const std::size_t count = std::min<std::size_t>(3, octets.size() - i);
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (k < count ? static_cast<std::uint8_t>(octets[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      out += k <= count ? digits[(bits >> (18 - 6 * k)) & 63] : '=';
  }
  return out;
}

/// A dictionary of a property list.
class Dictionary {
 public:
  explicit Dictionary(XmlWriter& xml) : xml_(xml) { xml_.open("dict"); }
  Dictionary(const Dictionary&) = delete;
  ~Dictionary() { xml_.close("dict"); }

  void text(std::string_view key, std::string_view value) {
    xml_.leaf("key", key).leaf("string", value);
  }
  void number(std::string_view key, std::uint16_t value) {
    xml_.leaf("key", key).leaf("integer", value);
  }
  void flag(std::string_view key, std::string_view true_or_false) {
    xml_.leaf("key", key).empty(true_or_false);
  }
  void data(std::string_view key, std::string_view octets) {
    xml_.leaf("key", key).leaf("data", base64(octets));
  }
  /// What every payload says of itself.
  void identity(std::string_view type, std::string_view name, const std::string& words) {
    const std::string uuid = uuid_of(fmt::format("{} {}", type, words));
    text("PayloadType", type);
    number("PayloadVersion", 1);
    text("PayloadUUID", uuid);
    text("PayloadIdentifier", "postern." + uuid);
    text("PayloadDisplayName", name);
  }

 private:
  XmlWriter& xml_;
};

void add_server(Dictionary& mail, std::string_view direction, const Server& server,
                const std::string& login) {
  const auto key = [&](const char* what) { return fmt::format("{}MailServer{}", direction, what); };
  mail.text(key("Authentication"), "EmailAuthPassword");
  mail.text(key("HostName"), server.host);
  mail.number(key("PortNumber"), server.port);
  mail.flag(key("UseSSL"), server.security == Security::none ? "false" : "true");
  mail.text(key("Username"), login);
}

void add_mail(XmlWriter& xml, const MailSettings& settings, const Secret& password,
              const std::string& words) {
  Dictionary mail(xml);
  mail.identity("com.apple.mail.managed", settings.address_or_login(), words);
  mail.text("EmailAccountType", "EmailTypeIMAP");
  mail.text("EmailAccountDescription", settings.address_or_login());
  mail.text("EmailAddress", settings.address_or_login());
  if (!settings.person.empty()) mail.text("EmailAccountName", settings.person);
  add_server(mail, "Incoming", *settings.imap, settings.login);
  mail.text("IncomingPassword", password.reveal());
  if (settings.smtp) {
    add_server(mail, "Outgoing", *settings.smtp, settings.login);
    mail.flag("OutgoingPasswordSameAsIncomingPassword", "true");
  }
}

}  // namespace

Secret mobileconfig_plist(const MailSettings& settings, const Profile& profile) {
  if (!settings.imap) return {};
  const std::string words = settings.login + " at " + settings.imap->host;
  XmlWriter xml;
  xml.open("plist", "version=\"1.0\"");
  {
    Dictionary top(xml);
    top.identity("Configuration", fmt::format("{} (Postern)", settings.address_or_login()), words);
    top.text("PayloadDescription",
             "Mail of this account from the Postern in your own network, and the certificate "
             "authority by which the device recognises it.");
    xml.leaf("key", "PayloadContent").open("array");
    if (!profile.authority_der.empty()) {
      Dictionary authority(xml);
      authority.identity("com.apple.security.root", "Postern's certificate authority", words);
      authority.text("PayloadCertificateFileName", "postern-ca.cer");
      authority.data("PayloadContent", profile.authority_der);
    }
    add_mail(xml, settings, profile.password, words);
    xml.close("array");
  }
  xml.close("plist");
  return Secret(xml.take());
}

}  // namespace postern::access::settings
