#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "config/fields.h"
#include "config/provider.h"
#include "config/secret_field.h"
#include "config/sections.h"
#include "config/values.h"

namespace postern::config {
namespace {

MailProtocol mail_protocol(const Relay& relay) {
  switch (relay.protocol) {
    case Relay::Protocol::pop3: return MailProtocol::pop3;
    case Relay::Protocol::imap: return MailProtocol::imap;
    case Relay::Protocol::smtp: break;
  }
  return MailProtocol::smtp;
}

/// The first of the servers that is the relay's, else of those whose provider has the relay's, too.
template <class Server>
const Server* at_the_same_place(const Relay& relay, const std::vector<Server>& servers) {
  const auto same_host = [&](const Server& one) { return one.server.host == relay.upstream.host; };
  const auto same_provider = [&](const Server& one) {
    if (one.provider.empty()) return false;
    return std::ranges::any_of(
        presets(one.provider, mail_protocol(relay)),
        [&](const Preset& preset) { return preset.host == relay.upstream.host; });
  };
  auto found = std::ranges::find_if(servers, same_host);
  if (found == servers.end()) found = std::ranges::find_if(servers, same_provider);
  return found == servers.end() ? nullptr : &*found;
}

RelayLogin login_of(const Source& source) {
  RelayLogin login;
  login.username = source.username;
  if (source.oauth) {
    login.source = source;
  } else {
    login.password = source.password;
  }
  return login;
}

RelayLogin login_of(const Outgoing& outgoing, const Account& account) {
  RelayLogin login;
  const auto source = std::ranges::find(account.sources, outgoing.source, &Source::key);
  if (!outgoing.password && source != account.sources.end()) login = login_of(*source);
  if (outgoing.password) login.password = outgoing.password;
  login.username = outgoing.username;
  return login;
}

/// What the account logs in with at the relay's server anyway.
std::optional<RelayLogin> usual_login(const Relay& relay, const Account& account) {
  if (relay.protocol == Relay::Protocol::smtp) {
    if (const Outgoing* outgoing = at_the_same_place(relay, account.outgoing))
      return login_of(*outgoing, account);
  }
  if (const Source* source = at_the_same_place(relay, account.sources)) return login_of(*source);
  return std::nullopt;
}

/// What is not written holds as `login` has it.
void read_login_data(Report& report, Fields& fields, RelayLogin& login) {
  fields.read("username", login.username, line_of_text);
  if (auto password = read_secret_source(report, fields, "password")) {
    login.password = std::move(password);
    login.source.reset();
  }
}

RelayLogin read_login(Report& report, const Node& node, const std::string& path, const Relay& relay,
                      const std::vector<Account>& accounts) {
  RelayLogin login;
  Fields fields(report, node, path, {"account", "username", "password"});
  if (node.kind != Node::Kind::mapping) return login;
  fields.require("account", "write account: and the name of one");
  fields.read("account", login.account, line_of_text);
  const auto account = std::ranges::find(accounts, login.account, &Account::name);
  if (!login.account.empty() && account == accounts.end()) {
    fields.mistake("account", {fmt::format("there is no account {}", shown(login.account)),
                               "write the name of one that stands under accounts"});
    return login;
  }
  std::optional<RelayLogin> usual;
  if (account != accounts.end()) usual = usual_login(relay, *account);
  if (!usual && !relay.upstream.host.empty()) {
    const char* const kind =
        relay.protocol == Relay::Protocol::smtp ? "outgoing server or source" : "source";
    const std::string advice =
        fmt::format("write it; no {} of {} is at {}", kind, login.account, relay.upstream.host);
    fields.require("username", advice);
    fields.require("password", advice);
  }
  if (usual) {
    usual->account = std::move(login.account);
    login = std::move(*usual);
  }
  read_login_data(report, fields, login);
  return login;
}

}  // namespace

std::vector<RelayLogin> read_relay_logins(Report& report, const Node& node, const std::string& path,
                                          const Relay& relay,
                                          const std::vector<Account>& accounts) {
  std::vector<RelayLogin> logins;
  if (node.kind == Node::Kind::mapping) {
    logins.push_back(read_login(report, node, path, relay, accounts));
    return logins;
  }
  std::size_t index = 0;
  for (const Node* item : items(report, node, path)) {
    const std::string at = Fields::item_path(path, index++);
    RelayLogin login = read_login(report, *item, at, relay, accounts);
    if (std::ranges::find(logins, login.account, &RelayLogin::account) != logins.end()) {
      report.mistake(item->at, at,
                     {fmt::format("{} stands here twice", login.account), "delete one of them"});
    }
    logins.push_back(std::move(login));
  }
  return logins;
}

}  // namespace postern::config
