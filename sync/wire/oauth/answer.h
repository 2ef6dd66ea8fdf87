#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "sync/base/secret.h"

namespace postern::wire::oauth {

/// What a token endpoint gives (RFC 6749 section 5.1).
struct Grant {
  Secret access_token;
  Secret refresh_token;  ///< empty: the one that was used stays good
  /// Without one, an hour is taken: what all large providers give.
  std::chrono::seconds lifetime{3600};
};

enum class ErrorKind : std::uint8_t {
  invalid_grant,          ///< the refresh token or code is spent, revoked or somebody else's
  authorization_pending,  ///< RFC 8628 section 3.5, as the next three
  slow_down,
  access_denied,
  expired_token,
  refused,    ///< another error of RFC 6749 section 5.2: the configuration has to change
  temporary,  ///< HTTP 429 or 5xx, temporarily_unavailable: passes by itself
  redirect,   ///< HTTP 3xx: never followed, a secret would go somewhere else
  nonsense,   ///< no JSON, or not what was asked for
};

struct Error {
  ErrorKind kind = ErrorKind::nonsense;
  std::string words;  ///< the server's, as they came; or ours for `redirect` and `nonsense`
};

/// RFC 8628 section 3.2.
struct DeviceGrant {
  Secret device_code;
  std::string user_code;  ///< to be typed in
  std::string verification_uri;
  std::string verification_uri_complete;  ///< with the code in it; may be empty
  std::chrono::seconds lifetime{900};
  std::chrono::seconds interval{5};
};

// Bodies are bounded by the HTTP parser; lengths and characters of their values are checked here.

[[nodiscard]] std::expected<Grant, Error> parse_grant(unsigned status, const Secret& body);
[[nodiscard]] std::expected<DeviceGrant, Error> parse_device_grant(unsigned status,
                                                                   const Secret& body);

/// The query that the browser brings back (RFC 6749 section 4.1.2).
struct Redirect {
  enum class Kind : std::uint8_t {
    code,
    refused,  ///< the owner said no, or the server did
    foreign,  ///< without our state: somebody else's, to be passed over
  };
  Kind kind = Kind::foreign;
  Secret code;
  std::string words;  ///< for `refused`, the server's
};
[[nodiscard]] Redirect parse_redirect(std::string_view query, std::string_view state);

}  // namespace postern::wire::oauth
