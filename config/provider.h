#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace postern::config {

enum class MailProtocol : std::uint8_t { pop3, imap, smtp };

/// One server of a mail provider, as the built-in list knows it. The views live as long as the
/// program.
struct Preset {
  enum class LoginForm : std::uint8_t { address, local_part, local_part_dot_domain };
  /// What the provider takes: a password as it is, that or OAuth, only a scrambled one (APOP,
  /// CRAM-MD5), or only OAuth.
  enum class Auth : std::uint8_t { password, password_or_oauth, scrambled_only, oauth_only };

  std::string_view id;
  std::string_view domains;  ///< with one space between
  MailProtocol protocol = MailProtocol::pop3;
  std::string host;
  std::uint16_t port = 0;
  Tls tls = Tls::implicit;
  LoginForm login_form = LoginForm::address;
  Auth auth = Auth::password;
  std::chrono::minutes shortest_poll{0};  ///< 0: none is known
  std::string_view enable_page;           ///< where the owner allows the protocol; may be empty

  [[nodiscard]] bool serves(std::string_view domain) const;
  /// What to log in with when the owner wrote `username`: an address of the provider is cut to the
  /// form the provider wants, anything else stays as it is.
  [[nodiscard]] std::string login_name(std::string_view username) const;
};

/// The servers of one provider and protocol, best TLS first. `name` is an id of the list
/// ("gmx.net"), a short name ("gmx", "gmail"), a domain ("gmx.de") or an address ("anna@gmx.de");
/// upper and lower case are the same. Empty when there is none.
[[nodiscard]] std::vector<Preset> presets(std::string_view name, MailProtocol protocol);

/// The best of them, or the one with the TLS that is asked for.
[[nodiscard]] std::optional<Preset> preset(std::string_view name, MailProtocol protocol,
                                           std::optional<Tls> tls = std::nullopt);

/// What is known of a POP3 server that was named by its host.
[[nodiscard]] std::optional<Preset> preset_of_server(std::string_view host);

/// Every id and short name, for "did you mean".
[[nodiscard]] std::vector<std::string_view> provider_names();

}  // namespace postern::config
