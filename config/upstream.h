#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "config/fields.h"
#include "config/provider.h"

namespace postern::config {

/// What `provider:` or a server key, `tls:` and `insecure:` say about a server elsewhere.
struct Server {
  std::optional<Preset> preset;
  HostPort address;
  Tls tls = Tls::implicit;
  bool insecure = false;
};

/// Reads these keys of a source, an outgoing server or a relay. `server_key` is "pop3", "smtp" or
/// "upstream". The address is empty after a mistake.
[[nodiscard]] Server read_server(Fields& fields, std::string_view server_key,
                                 MailProtocol protocol);

struct Trust {
  std::optional<std::filesystem::path> ca;
  std::optional<std::string> pin;
};

/// `ca:` or `pin:`.
[[nodiscard]] Trust read_trust(Report& report, Fields& fields, Tls tls);

}  // namespace postern::config
