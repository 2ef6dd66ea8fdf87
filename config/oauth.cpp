#include "config/oauth.h"

#include <algorithm>
#include <array>
#include <ranges>
#include <string>

#include "config/csv.h"
#include "config/secret_field.h"
#include "config/values.h"

namespace postern::config {

extern const std::string_view oauth_csv;

namespace {

OAuthPreset preset_of(std::string_view line) {
  const auto row = csv_row<5>(line);
  return {row[0], row[1], row[2], row[3], row[4]};
}

void read_endpoint(Fields& fields, std::string_view key, std::string_view preset,
                   std::string& into) {
  into = preset;
  fields.read(key, into, endpoint_url);
}

}  // namespace

std::optional<OAuthPreset> oauth_preset(std::string_view provider) {
  for (const auto part : oauth_csv | std::views::split('\n') | std::views::drop(1)) {
    const OAuthPreset row = preset_of(std::string_view(part.begin(), part.end()));
    if (!row.provider.empty() && row.provider == provider) return row;
  }
  return std::nullopt;
}

std::optional<OAuth> read_oauth(Report& report, Fields& fields, std::string_view provider) {
  const Node* node = fields.find("oauth");
  if (node == nullptr) return std::nullopt;
  OAuth oauth;
  Fields own(report, *node, fields.path("oauth"),
             {"client_id", "client_secret", "scope", "authorization", "token", "device"});
  if (node->kind != Node::Kind::mapping) return oauth;
  const OAuthPreset preset = oauth_preset(provider).value_or(OAuthPreset{});
  own.require("client_id", "write client_id: what the provider calls this program");
  own.read("client_id", oauth.client_id, line_of_text);
  if (own.has("client_secret"))
    oauth.client_secret = read_secret_source(report, own, "client_secret");
  oauth.scope = preset.scope;
  own.read("scope", oauth.scope, line_of_text);
  read_endpoint(own, "authorization", preset.authorization, oauth.authorization);
  read_endpoint(own, "token", preset.token, oauth.token);
  read_endpoint(own, "device", preset.device, oauth.device);
  if (preset.token.empty()) {
    own.require("token", "write token: the URL of the provider's token endpoint");
    if (!own.has("authorization") && !own.has("device")) {
      own.mistake("authorization",
                  {"there is no way to sign in",
                   "write authorization: or device:, the URL where a sign-in begins"});
    }
  }
  return oauth;
}

}  // namespace postern::config
