#include <algorithm>

#include <fmt/format.h>

#include "config/fields.h"
#include "config/secret_field.h"
#include "config/sections.h"
#include "config/upstream.h"
#include "config/values.h"

namespace postern::config {

Outgoing read_outgoing(Report& report, const Node& node, const std::string& path,
                       const std::vector<Source>& sources) {
  Outgoing outgoing;
  Fields fields(report, node, path,
                {"provider", "smtp", "tls", "insecure", "username", "password", "from"});
  if (node.kind != Node::Kind::mapping) return outgoing;

  Server server = read_server(fields, "smtp", MailProtocol::smtp);
  if (server.preset) outgoing.provider = server.preset->id;
  outgoing.server = std::move(server.address);
  outgoing.tls = server.tls;
  outgoing.insecure = server.insecure;

  const auto same = std::ranges::find_if(sources, [&](const Source& source) {
    return !source.provider.empty() && source.provider == outgoing.provider;
  });
  if (same != sources.end()) {
    outgoing.username = same->username;
  } else if (server.preset || !fields.has("provider")) {
    const std::string why = "write it; no source of this account has the same provider";
    fields.require("username", why);
    fields.require("password", why);
  }
  fields.read("username", outgoing.username, line_of_text);
  if (server.preset) outgoing.username = server.preset->login_name(outgoing.username);
  outgoing.password = read_secret_source(report, fields, "password");

  fields.require("from", "write from: [the addresses that are sent from here]");
  fields.read_list("from", outgoing.from, mail_address);
  fields.note(fields.has("provider") ? "provider" : "smtp",
              {"sending is not done in this release", "mail programs send through the provider"});
  return outgoing;
}

}  // namespace postern::config
