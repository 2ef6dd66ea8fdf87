#include "sync/wire/http/url.h"

#include <algorithm>
#include <charconv>

namespace postern::wire::http {
namespace {

constexpr std::size_t longest_url = 2048;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_unreserved(char c) {
  return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

/// RFC 3986 appendix A: what pchar, "/" and "?" allow, the percent sign included.
bool is_target_character(char c) {
  return is_unreserved(c) || std::string_view("%!$&'()*+,;=:@/?").find(c) != std::string_view::npos;
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 &&
         std::ranges::all_of(host, [](char c) { return is_unreserved(c) && c != '~'; });
}

bool is_ipv6(std::string_view host) {
  return host.find(':') != std::string_view::npos && std::ranges::all_of(host, [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'f') || c == ':' || c == '.';
         });
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool parse_port(std::string_view text, std::uint16_t& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port != 0;
}

/// host [":" port]
bool parse_authority(std::string_view text, Url& url) {
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    url.host = lower(text.substr(1, end - 1));
    rest = text.substr(end + 1);
    if (!is_ipv6(url.host)) return false;
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    url.host = lower(text.substr(0, colon));
    rest = text.substr(colon);
    if (!is_host_name(url.host)) return false;
  }
  if (rest.empty()) return true;
  return rest.starts_with(':') && parse_port(rest.substr(1), url.port);
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decode_component(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::string Url::authority() const {
  const bool v6 = host.find(':') != std::string::npos;
  std::string out = v6 ? "[" + host + "]" : host;
  if (port != (scheme == Scheme::https ? 443 : 80)) out += ":" + std::to_string(port);
  return out;
}

std::string Url::text() const {
  return (scheme == Scheme::https ? "https://" : "http://") + authority() + target;
}

std::optional<Url> parse_url(std::string_view text) {
  if (text.size() > longest_url) return std::nullopt;
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string scheme = lower(text.substr(0, colon));
  Url url;
  if (scheme == "http") {
    url.scheme = Url::Scheme::http;
    url.port = 80;
  } else if (scheme != "https") {
    return std::nullopt;
  }
  text.remove_prefix(colon + 3);
  const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
  if (!parse_authority(text.substr(0, end), url)) return std::nullopt;
  const std::string_view target = text.substr(end);
  if (!std::ranges::all_of(target, is_target_character)) return std::nullopt;
  url.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
  return url;
}

bool is_loopback(const Url& url) {
  if (url.host == "localhost" || url.host == "::1") return true;
  // A name that merely begins like an address is somebody else's.
  return url.host.starts_with("127.") && std::ranges::count(url.host, '.') == 3 &&
         std::ranges::all_of(url.host, [](char c) { return is_digit(c) || c == '.'; });
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      const auto octet = static_cast<unsigned char>(c);
      out += '%';
      out += digits[octet >> 4U];
      out += digits[octet & 0xFU];
    }
  }
  return out;
}

std::string encode_form(const std::vector<Field>& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    out += percent_encode(name) + "=" + percent_encode(value);
  }
  return out;
}

std::optional<std::vector<Field>> decode_form(std::string_view text) {
  std::vector<Field> fields;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view field = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (field.empty()) continue;
    const std::size_t equals = std::min(field.find('='), field.size());
    auto name = decode_component(field.substr(0, equals));
    auto value = decode_component(equals < field.size() ? field.substr(equals + 1) : "");
    if (!name || !value) return std::nullopt;
    fields.emplace_back(std::move(*name), std::move(*value));
  }
  return fields;
}

}  // namespace postern::wire::http
