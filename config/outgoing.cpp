#include <algorithm>

#include <fmt/format.h>

#include "config/fields.h"
#include "config/login.h"
#include "config/secret_field.h"
#include "config/sections.h"
#include "config/upstream.h"
#include "config/values.h"

namespace postern::config {
namespace {

Parsed<Outgoing::Queue> queue(std::string_view text) {
  if (text == "when-unreachable") return Outgoing::Queue::when_unreachable;
  if (text == "always") return Outgoing::Queue::always;
  return std::unexpected(
      Problem{fmt::format("{} is not a rule", shown(text)), "write always or when-unreachable"});
}

/// The source of the same provider, whose login data it has unless it has its own.
const Source* same_provider(const Outgoing& outgoing, const std::vector<Source>& sources) {
  const auto same = std::ranges::find_if(sources, [&](const Source& source) {
    return !source.provider.empty() && source.provider == outgoing.provider;
  });
  return same == sources.end() ? nullptr : &*same;
}

/// Login data; the form of the secret comes back.
SecretForm read_login_data(Report& report, Fields& fields, const Server& server, const Source* same,
                           Outgoing& outgoing) {
  if (same != nullptr) {
    outgoing.username = same->username;
  } else if (server.preset || !fields.has("provider")) {
    const std::string why = "write it; no source of this account has the same provider";
    fields.require("username", why);
    fields.require("password", why);
  }
  fields.read("username", outgoing.username, line_of_text);
  if (server.preset) outgoing.username = server.preset->login_name(outgoing.username);
  outgoing.password = read_secret_source(report, fields, "password");
  if (outgoing.password || same == nullptr) return SecretForm::password;
  outgoing.source = same->key();
  return same->oauth ? SecretForm::token : SecretForm::password;
}

}  // namespace

Outgoing read_outgoing(Report& report, const Node& node, const std::string& path,
                       const std::vector<Source>& sources) {
  Outgoing outgoing;
  Fields fields(report, node, path,
                {"provider", "smtp", "tls", "insecure", "username", "password", "login", "from",
                 "queue", "ca", "pin"});
  if (node.kind != Node::Kind::mapping) return outgoing;

  Server server = read_server(fields, "smtp", MailProtocol::smtp);
  if (server.preset) outgoing.provider = server.preset->id;
  outgoing.server = server.address;
  outgoing.tls = server.tls;
  outgoing.insecure = server.insecure;

  const SecretForm form =
      read_login_data(report, fields, server, same_provider(outgoing, sources), outgoing);
  outgoing.login = read_login(fields, outgoing.tls, form);
  if (outgoing.login == Login::user || outgoing.login == Login::apop) {
    fields.mistake("login", {"is a way of POP3, not of SMTP", "write plain, or delete the line"});
  }

  fields.require("from", "write from: [the addresses that are sent from here]");
  fields.read_list("from", outgoing.from, mail_address);
  fields.read("queue", outgoing.queue, queue);

  Trust trust = read_trust(report, fields, outgoing.tls);
  outgoing.ca = std::move(trust.ca);
  outgoing.pin = std::move(trust.pin);
  return outgoing;
}

std::string Outgoing::key() const {
  return server_key("smtp", username, server);
}

}  // namespace postern::config
