#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/append.h"
#include "config/provider.h"
#include "sync/base/secret.h"

namespace postern::daemon::setup {

/// What a person has told so far, and what follows from it.
struct Answers {
  std::string address;  ///< of mail
  std::optional<config::Preset> preset;
  config::HostPort server;
  config::Tls tls = config::Tls::implicit;
  bool insecure = false;
  std::string username;
  Secret password;
  std::string client_id;  ///< for a provider that takes no passwords
  std::optional<std::string> pin;
  std::string account;
  std::string keep_on_server;
  bool sends = false;  ///< by outgoing()

  /// As the daemon would see it, without the password.
  [[nodiscard]] config::Source source() const;
  /// The provider's server for sending, if it has one with TLS and the mailbox's server is its own.
  [[nodiscard]] std::optional<config::Outgoing> outgoing() const;
  /// As it is written; the files are filled in by whoever makes them.
  [[nodiscard]] config::NewSource to_write() const;
};

/// A name for the account, made of the local part of an address: what a mail program can be given.
[[nodiscard]] std::string account_name_for(std::string_view address);
/// A password that nobody has to remember and that can be typed: 20 letters and digits in groups,
/// about 100 bits.
[[nodiscard]] Secret new_password();
/// The name of the file for the password of a source.
[[nodiscard]] std::string secret_name(const Answers& answers);

}  // namespace postern::daemon::setup
