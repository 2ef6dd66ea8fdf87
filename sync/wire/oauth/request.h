#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sync/base/secret.h"

namespace postern::wire::oauth {

/// Who asks: an entry in the provider's list of programs (RFC 6749 section 2). A public client has
/// no secret.
struct Client {
  std::string id;
  Secret secret;
  std::string scope;  ///< with spaces between; may be empty
};

/// RFC 4648 section 5 without padding.
[[nodiscard]] std::string base64_url(std::string_view octets);

/// RFC 7636 section 4.2: S256 of a verifier of 43 to 128 unreserved characters.
[[nodiscard]] std::string code_challenge(const Secret& verifier);

/// One sign-in in a browser.
struct Authorization {
  std::string redirect;    ///< "http://127.0.0.1:4711/"
  std::string state;       ///< fresh and unguessable; comes back with the code
  Secret verifier;         ///< fresh and unguessable; shown with the code
  std::string login_hint;  ///< the address; may be empty
};

/// What the browser is sent to (RFC 6749 section 4.1.1, RFC 7636 section 4.3). Holds no secret.
/// What the endpoint has as a query stays: some providers want more there (access_type, prompt).
[[nodiscard]] std::string authorization_url(std::string_view endpoint, const Client& client,
                                            const Authorization& authorization);

// Forms for the token and device endpoints. The client's id, and its secret if it has one, are in
// the form (RFC 6749 section 2.3.1): all providers take that.

/// RFC 8628 section 3.1.
[[nodiscard]] Secret device_form(const Client& client);
/// RFC 8628 section 3.4.
[[nodiscard]] Secret device_token_form(const Client& client, const Secret& device_code);
/// RFC 6749 section 4.1.3, RFC 7636 section 4.5.
[[nodiscard]] Secret code_token_form(const Client& client, const Authorization& authorization,
                                     const Secret& code);
/// RFC 6749 section 6.
[[nodiscard]] Secret refresh_form(const Client& client, const Secret& refresh_token);

}  // namespace postern::wire::oauth
