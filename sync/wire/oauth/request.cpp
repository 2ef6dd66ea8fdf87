#include "sync/wire/oauth/request.h"

#include <array>
#include <cstdint>
#include <initializer_list>

#include <openssl/sha.h>

#include "sync/wire/base64.h"
#include "sync/wire/http/url.h"

namespace postern::wire::oauth {
namespace {

struct Part {
  std::string_view name;
  std::string_view value;
};

/// Encoded in place: a secret leaves no copies behind.
Secret form(const Client& client, std::initializer_list<Part> parts) {
  std::size_t room = 3 * (client.id.size() + client.secret.reveal().size()) + 64;
  for (const Part& part : parts) room += part.name.size() + 3 * part.value.size() + 2;
  std::string text;
  text.reserve(room);
  const auto add = [&text](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    if (!text.empty()) text += '&';
    text += name;
    text += '=';
    const Secret encoded(http::percent_encode(value));
    text += encoded.reveal();
  };
  for (const Part& part : parts) add(part.name, part.value);
  add("client_id", client.id);
  add("client_secret", client.secret.reveal());
  return Secret(std::move(text));
}

}  // namespace

std::string base64_url(std::string_view octets) {
  std::string text = base64_encode(octets);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return text;
}

std::string code_challenge(const Secret& verifier) {
  const std::string_view text = verifier.reveal();
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), digest.data());
  return base64_url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string authorization_url(std::string_view endpoint, const Client& client,
                              const Authorization& authorization) {
  std::vector<http::Field> fields = {{"response_type", "code"},
                                     {"client_id", client.id},
                                     {"redirect_uri", authorization.redirect}};
  if (!client.scope.empty()) fields.emplace_back("scope", client.scope);
  fields.emplace_back("state", authorization.state);
  fields.emplace_back("code_challenge", code_challenge(authorization.verifier));
  fields.emplace_back("code_challenge_method", "S256");
  if (!authorization.login_hint.empty())
    fields.emplace_back("login_hint", authorization.login_hint);
  const char mark = endpoint.find('?') == std::string_view::npos ? '?' : '&';
  return std::string(endpoint) + mark + http::encode_form(fields);
}

Secret device_form(const Client& client) {
  return form(client, {{"scope", client.scope}});
}

Secret device_token_form(const Client& client, const Secret& device_code) {
  return form(client, {{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                       {"device_code", device_code.reveal()}});
}

Secret code_token_form(const Client& client, const Authorization& authorization,
                       const Secret& code) {
  return form(client, {{"grant_type", "authorization_code"},
                       {"code", code.reveal()},
                       {"redirect_uri", authorization.redirect},
                       {"code_verifier", authorization.verifier.reveal()}});
}

Secret refresh_form(const Client& client, const Secret& refresh_token) {
  return form(client, {{"grant_type", "refresh_token"}, {"refresh_token", refresh_token.reveal()}});
}

}  // namespace postern::wire::oauth
