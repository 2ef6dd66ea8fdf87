#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern::wire::http {

/// An absolute http or https URL (RFC 3986, RFC 9110 section 4.2) without user name and fragment.
struct Url {
  enum class Scheme : std::uint8_t { http, https };
  Scheme scheme = Scheme::https;
  std::string host;  ///< lower case; an IPv6 address without its brackets
  std::uint16_t port = 443;
  std::string target;  ///< path and query, at least "/"

  /// "host", "host:8080", "[::1]:8080": what Host says (RFC 9110 section 7.2).
  [[nodiscard]] std::string authority() const;
  [[nodiscard]] std::string text() const;
};

/// nullopt for anything else, also for characters that do not belong in a URL.
[[nodiscard]] std::optional<Url> parse_url(std::string_view text);

/// A name or an address of this machine: localhost, 127.0.0.0/8, ::1.
[[nodiscard]] bool is_loopback(const Url& url);

/// RFC 3986 section 2.1, all but unreserved characters.
[[nodiscard]] std::string percent_encode(std::string_view text);

using Field = std::pair<std::string, std::string>;
/// application/x-www-form-urlencoded; as a query of a URL too.
[[nodiscard]] std::string encode_form(const std::vector<Field>& fields);
/// nullopt for a percent sign without two hexadecimal digits.
[[nodiscard]] std::optional<std::vector<Field>> decode_form(std::string_view text);

}  // namespace postern::wire::http
