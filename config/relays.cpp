#include <fmt/format.h>

#include "config/fields.h"
#include "config/sections.h"
#include "config/taken.h"
#include "config/upstream.h"
#include "config/values.h"

namespace postern::config {
namespace {

Parsed<Relay::Protocol> protocol(std::string_view text) {
  if (text == "pop3") return Relay::Protocol::pop3;
  if (text == "imap") return Relay::Protocol::imap;
  if (text == "smtp") return Relay::Protocol::smtp;
  return std::unexpected(
      Problem{fmt::format("{} is not a protocol", shown(text)), "write pop3, imap or smtp"});
}

/// The programs' passwords go to the listener in the clear, and are taken from this machine only.
void check_listen_of_login(Fields& fields, const Relay& relay) {
  std::string_view host(relay.listen);
  if (host.empty()) return;
  host = host.substr(0, host.rfind(':'));
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  if (is_loopback(host)) return;
  fields.mistake("listen",
                 {"a relay with login takes passwords, and other machines would send them in the "
                  "clear",
                  "write 127.0.0.1:PORT or [::1]:PORT, or delete login"});
}

/// A relay signs in over TLS, or at a server on this machine: it never gives a password away.
void check_way_of_login(Fields& fields, const Relay& relay) {
  // Without `insecure` that is a mistake in any case.
  if (relay.tls != Tls::none || !relay.insecure || is_loopback(relay.upstream.host)) return;
  fields.mistake("login", {fmt::format("needs TLS to {}", relay.upstream.host),
                           "write tls: implicit or starttls, or delete login"});
}

Relay read_relay(Report& report, const Node& node, const std::string& path,
                 const std::vector<Account>& accounts, Taken& taken) {
  Relay relay;
  Fields fields(report, node, path,
                {"listen", "protocol", "upstream", "tls", "insecure", "ca", "pin", "login"});
  if (node.kind != Node::Kind::mapping) return relay;
  fields.require("listen", "write listen: 127.0.0.1:PORT");
  fields.read("listen", relay.listen, listen_address);
  taken.check(fields, "listen", {relay.listen}, path);
  fields.require("protocol", "write protocol: pop3, imap or smtp");
  fields.read("protocol", relay.protocol, protocol);
  Server server = read_server(fields, "upstream", MailProtocol::pop3);
  relay.upstream = std::move(server.address);
  relay.tls = server.tls;
  relay.insecure = server.insecure;
  Trust trust = read_trust(report, fields, relay.tls);
  relay.ca = std::move(trust.ca);
  relay.pin = std::move(trust.pin);
  if (const Node* login = fields.find("login")) {
    relay.login = read_relay_logins(report, *login, fields.path("login"), relay, accounts);
    check_listen_of_login(fields, relay);
    check_way_of_login(fields, relay);
  }
  return relay;
}

}  // namespace

std::vector<Relay> read_relays(Report& report, const Node& node,
                               const std::vector<Account>& accounts, Taken& taken) {
  std::vector<Relay> relays;
  std::size_t index = 0;
  for (const Node* item : items(report, node, "relays")) {
    const std::string path = Fields::item_path("relays", index++);
    relays.push_back(read_relay(report, *item, path, accounts, taken));
  }
  return relays;
}

}  // namespace postern::config
