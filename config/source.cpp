#include <algorithm>

#include <fmt/format.h>

#include "config/fields.h"
#include "config/login.h"
#include "config/oauth.h"
#include "config/secret_field.h"
#include "config/sections.h"
#include "config/upstream.h"
#include "config/values.h"

namespace postern::config {
namespace {

using std::chrono::seconds;

constexpr seconds longest_poll = std::chrono::days(7);
/// What is gone is forgotten one day.
constexpr seconds longest_wait = std::chrono::days(60);

std::string in_words(seconds duration) {
  return duration.count() % 60 == 0 ? fmt::format("{} minutes", duration.count() / 60)
                                    : fmt::format("{} s", duration.count());
}

Parsed<GoneUpstream> gone_upstream(std::string_view text) {
  if (text == "keep") return GoneUpstream::keep;
  if (text == "trash") return GoneUpstream::trash;
  return std::unexpected(
      Problem{fmt::format("{} is not a rule", shown(text)), "write keep or trash"});
}

void read_poll(Fields& fields, Source& source, const std::optional<Preset>& preset) {
  const seconds least = preset ? seconds(preset->shortest_poll) : seconds(1);
  source.poll = std::max(source.poll, least);
  const auto poll = fields.get("poll", duration);
  if (!poll) return;
  if (*poll < least || poll->count() < 1) {
    const std::string who = preset ? std::string(preset->id) : "a poll";
    fields.mistake("poll",
                   {fmt::format("{} allows no less than {}", who, in_words(least)),
                    fmt::format("write \"{}\" or more, or delete the line", in_words(least))});
  } else if (*poll > longest_poll) {
    fields.mistake("poll", {"is longer than 7 days", "write \"7 days\" or less"});
  } else {
    source.poll = *poll;
  }
}

void read_gone_upstream(Fields& fields, Source& source) {
  fields.read("gone_upstream", source.gone_upstream, gone_upstream);
  const auto wait = fields.get("gone_upstream_after", duration);
  if (!wait) return;
  if (wait->count() < 1 || *wait > longest_wait) {
    fields.mistake("gone_upstream_after",
                   {"is not between 1 s and 60 days", "write \"2 days\", or delete the line"});
  } else {
    source.gone_upstream_after = *wait;
  }
}

void check_auth(Fields& fields, const Preset& preset) {
  if (preset.auth == Preset::Auth::oauth_only) {
    if (!fields.has("oauth")) {
      fields.mistake("provider", {fmt::format("{} takes no passwords, only OAuth", preset.id),
                                  "write oauth: {client_id: ...} instead of a password, then sign "
                                  "in: postern login ACCOUNT"});
    }
  }
}

}  // namespace

Source read_source(Report& report, const Node& node, const std::string& path) {
  Source source;
  Fields fields(report, node, path,
                {"provider", "pop3", "tls", "insecure", "username", "password", "oauth", "login",
                 "keep_on_server", "gone_upstream", "gone_upstream_after", "poll", "deliver_to",
                 "ca", "pin"});
  if (node.kind != Node::Kind::mapping) return source;

  Server server = read_server(fields, "pop3", MailProtocol::pop3);
  if (server.preset) {
    source.provider = server.preset->id;
    check_auth(fields, *server.preset);
  }
  source.server = std::move(server.address);
  source.tls = server.tls;
  source.insecure = server.insecure;

  fields.require("username", "write username: what the provider knows you by");
  fields.read("username", source.username, line_of_text);
  if (server.preset) source.username = server.preset->login_name(source.username);
  source.oauth = read_oauth(report, fields, source.provider);
  if (!source.oauth)
    fields.require("password", "write password: {file: PATH}, or another place to take it from");
  else if (fields.has("password"))
    fields.mistake("password", {"password and oauth exclude each other", "delete one of them"});
  if (auto password = read_secret_source(report, fields, "password")) {
    source.password = std::move(*password);
  }

  source.login =
      read_login(fields, source.tls, source.oauth ? SecretForm::token : SecretForm::password);

  fields.read("keep_on_server", source.keep_on_server, keep_on_server);
  read_gone_upstream(fields, source);
  read_poll(fields, source, server.preset);
  if (const auto known = preset_of_server(source.server.host))
    source.shortest_poll = known->shortest_poll;
  fields.read("deliver_to", source.deliver_to, mailbox_name);

  Trust trust = read_trust(report, fields, source.tls);
  source.ca = std::move(trust.ca);
  source.pin = std::move(trust.pin);
  return source;
}

std::string Source::key() const {
  return server_key("pop3", username, server);
}

std::string Source::maildrop() const {
  return lower(username) + "@" + lower(server.host);
}

}  // namespace postern::config
