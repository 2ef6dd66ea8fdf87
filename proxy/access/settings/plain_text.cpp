#include "proxy/access/settings/plain_text.h"

#include <optional>
#include <string_view>

#include <fmt/core.h>

namespace postern::access::settings {
namespace {

const char* words_of(Security security) {
  switch (security) {
    case Security::tls: return "SSL/TLS";
    case Security::starttls: return "STARTTLS";
    case Security::none: break;
  }
  return "no encryption";
}

/// A name cannot make a line of its own, or colours.
std::string shown(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return out;
}

std::string line(const char* what, const std::optional<Server>& server) {
  if (!server) return {};
  const bool here = server->reach == Server::Reach::this_machine;
  return fmt::format("{:<12} {}, port {}, {}{}\n", what, shown(server->host), server->port,
                     words_of(server->security), here ? " (only on this machine)" : "");
}

}  // namespace

std::string plain_text(const MailSettings& settings) {
  std::string out = line("IMAP", settings.imap) + line("POP3", settings.pop3) +
                    line("SMTP (send)", settings.smtp);
  if (out.empty()) return "Nothing is listened on: write `listen:` into the configuration.\n";
  return out + fmt::format("{:<12} {}\n", "User name", shown(settings.login)) +
         fmt::format("{:<12} {}\n", "Login", "normal password, the same for receiving and sending");
}

}  // namespace postern::access::settings
