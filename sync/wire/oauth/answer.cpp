#include "sync/wire/oauth/answer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

#include "sync/wire/http/url.h"

namespace postern::wire::oauth {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr std::size_t longest_token = 16UL * 1024;
constexpr std::size_t longest_words = 300;
constexpr std::size_t longest_user_code = 64;
constexpr std::size_t deepest = 16;
constexpr std::int64_t longest_lifetime = 366L * 24 * 3600;

/// nullopt for what is no object. Tokens in it are not overwritten when it goes: it lives shortly.
std::optional<json> parse_object(const Secret& body) {
  const auto shallow = [](int depth, json::parse_event_t, json&) {
    return std::cmp_less(depth, deepest);
  };
  json value = json::parse(body.reveal(), shallow, false);
  if (!value.is_object()) return std::nullopt;
  return value;
}

/// RFC 6749 appendix A: VSCHAR.
bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// A token must not be able to end the line or the field that it is put into.
std::optional<Secret> token_of(const json& object, const char* name) {
  Secret token(text_of(object, name));
  const std::string_view text = token.reveal();
  if (text.empty() || text.size() > longest_token || !is_printable(text)) return std::nullopt;
  return token;
}

/// Some write the number as a string.
std::optional<std::int64_t> number_of(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return std::nullopt;
  if (found->is_number_integer()) return found->get<std::int64_t>();
  if (found->is_number_float()) {
    const auto value = found->get<double>();
    return value >= 0 && value < 1e9 ? std::optional(static_cast<std::int64_t>(value))
                                     : std::nullopt;
  }
  if (!found->is_string()) return std::nullopt;
  const auto& text = found->get_ref<const std::string&>();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

seconds duration_of(const json& object, const char* name, seconds otherwise, std::int64_t least,
                    std::int64_t most) {
  const auto number = number_of(object, name);
  return number && *number >= 0 ? seconds(std::clamp(*number, least, most)) : otherwise;
}

ErrorKind kind_of(std::string_view code) {
  static constexpr std::array<std::pair<std::string_view, ErrorKind>, 8> known{{
      {"invalid_grant", ErrorKind::invalid_grant},
      {"authorization_pending", ErrorKind::authorization_pending},
      {"slow_down", ErrorKind::slow_down},
      {"access_denied", ErrorKind::access_denied},
      {"authorization_declined", ErrorKind::access_denied},  // Microsoft's name for it
      {"expired_token", ErrorKind::expired_token},
      {"temporarily_unavailable", ErrorKind::temporary},
      {"server_error", ErrorKind::temporary},
  }};
  const auto found = std::ranges::find(known, code, &std::pair<std::string_view, ErrorKind>::first);
  return found == known.end() ? ErrorKind::refused : found->second;
}

Error error_of(unsigned status, const Secret& body) {
  if (status >= 300 && status < 400) return {ErrorKind::redirect, "HTTP " + std::to_string(status)};
  const std::string http = "HTTP " + std::to_string(status);
  const auto object = parse_object(body);
  const std::string code = object ? text_of(*object, "error") : std::string();
  if (code.empty()) {
    const bool passing = status == 408 || status == 429 || status >= 500;
    return {passing ? ErrorKind::temporary : ErrorKind::nonsense, http};
  }
  std::string words = code;
  const std::string description = text_of(*object, "error_description");
  if (!description.empty()) words += ": " + description;
  words.resize(std::min(words.size(), longest_words));
  const ErrorKind kind = kind_of(code);
  // A server in trouble may say anything; only a proper refusal is final.
  if (status >= 500 || (status == 429 && kind != ErrorKind::slow_down))
    return {ErrorKind::temporary, words};
  return {kind, words};
}

Error nonsense(const char* what) {
  return {ErrorKind::nonsense, what};
}

bool is_bearer(const json& object) {
  std::string type = text_of(object, "token_type");
  for (char& c : type) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  // RFC 6749 section 7.1 wants it named; without a name there is only one it can be.
  return !object.contains("token_type") || type == "bearer";
}

/// A page for the owner's browser; a person is going to open what is printed.
bool is_page(const std::string& text) {
  return http::parse_url(text).has_value();
}

}  // namespace

std::expected<Grant, Error> parse_grant(unsigned status, const Secret& body) {
  if (status != 200) return std::unexpected(error_of(status, body));
  const auto object = parse_object(body);
  if (!object) return std::unexpected(nonsense("the answer is no JSON object"));
  // Some answer 200 with an error in it.
  if (object->contains("error")) return std::unexpected(error_of(400, body));
  if (!is_bearer(*object)) return std::unexpected(nonsense("a token of another type"));
  auto access = token_of(*object, "access_token");
  if (!access) return std::unexpected(nonsense("the answer holds no access token"));
  Grant grant;
  grant.access_token = std::move(*access);
  if (auto refresh = token_of(*object, "refresh_token")) grant.refresh_token = std::move(*refresh);
  grant.lifetime = duration_of(*object, "expires_in", grant.lifetime, 0, longest_lifetime);
  return grant;
}

std::expected<DeviceGrant, Error> parse_device_grant(unsigned status, const Secret& body) {
  if (status != 200) return std::unexpected(error_of(status, body));
  const auto object = parse_object(body);
  if (!object) return std::unexpected(nonsense("the answer is no JSON object"));
  if (object->contains("error")) return std::unexpected(error_of(400, body));
  auto device = token_of(*object, "device_code");
  if (!device) return std::unexpected(nonsense("the answer holds no device code"));
  DeviceGrant grant;
  grant.device_code = std::move(*device);
  grant.user_code = text_of(*object, "user_code");
  if (grant.user_code.empty() || grant.user_code.size() > longest_user_code ||
      !is_printable(grant.user_code))
    return std::unexpected(nonsense("the answer holds no user code"));
  grant.verification_uri = text_of(*object, "verification_uri");
  // Google's name for it, from a draft of the RFC.
  if (grant.verification_uri.empty()) grant.verification_uri = text_of(*object, "verification_url");
  if (!is_page(grant.verification_uri))
    return std::unexpected(nonsense("the answer names no page to open"));
  grant.verification_uri_complete = text_of(*object, "verification_uri_complete");
  if (!is_page(grant.verification_uri_complete)) grant.verification_uri_complete.clear();
  grant.lifetime = duration_of(*object, "expires_in", grant.lifetime, 1, 24L * 3600);
  grant.interval = duration_of(*object, "interval", grant.interval, 1, 300);
  return grant;
}

Redirect parse_redirect(std::string_view query, std::string_view state) {
  const auto fields = http::decode_form(query);
  if (!fields) return {};
  const auto value = [&](std::string_view name) -> const std::string* {
    const std::string* found = nullptr;
    for (const auto& [field, text] : *fields) {
      if (field != name) continue;
      if (found != nullptr) return nullptr;  // RFC 6749 section 3.1: not more than once
      found = &text;
    }
    return found;
  };
  const std::string* ours = value("state");
  if (ours == nullptr || state.empty() || *ours != state) return {};
  Redirect out;
  if (const std::string* error = value("error")) {
    out.kind = Redirect::Kind::refused;
    out.words = *error;
    if (const std::string* description = value("error_description"))
      out.words += ": " + *description;
    out.words.resize(std::min(out.words.size(), longest_words));
    return out;
  }
  const std::string* code = value("code");
  if (code == nullptr || code->empty() || code->size() > longest_token || !is_printable(*code))
    return {};
  out.kind = Redirect::Kind::code;
  out.code = Secret(*code);
  return out;
}

}  // namespace postern::wire::oauth
