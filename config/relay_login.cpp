#include <algorithm>

#include <fmt/format.h>

#include "config/fields.h"
#include "config/provider.h"
#include "config/secret_field.h"
#include "config/sections.h"
#include "config/values.h"

namespace postern::config {
namespace {

/// Whether the provider of a source has the relay's server, too.
bool same_provider(const Source& source, const Relay& relay) {
  if (source.provider.empty()) return false;
  const auto protocol =
      relay.protocol == Relay::Protocol::imap ? MailProtocol::imap : MailProtocol::pop3;
  return std::ranges::any_of(presets(source.provider, protocol), [&](const Preset& preset) {
    return preset.host == relay.upstream.host;
  });
}

/// The source whose login data hold at the relay's server as well.
const Source* source_for(const Relay& relay, const Account& account) {
  const auto& sources = account.sources;
  auto found = std::ranges::find_if(
      sources, [&](const Source& source) { return source.server.host == relay.upstream.host; });
  if (found == sources.end()) {
    found = std::ranges::find_if(
        sources, [&](const Source& source) { return same_provider(source, relay); });
  }
  return found == sources.end() ? nullptr : &*found;
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
  const Source* source = account == accounts.end() ? nullptr : source_for(relay, *account);
  if (source == nullptr && !relay.upstream.host.empty()) {
    const std::string advice =
        fmt::format("write it; no source of {} is at {}", login.account, relay.upstream.host);
    fields.require("username", advice);
    fields.require("password", advice);
  }
  if (source != nullptr) login.username = source->username;
  fields.read("username", login.username, line_of_text);
  login.password = read_secret_source(report, fields, "password");
  if (login.password || source == nullptr) return login;
  if (source->oauth) {
    login.source = *source;
  } else {
    login.password = source->password;
  }
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
