#pragma once

#include <utility>

#include "sync/base/secret.h"
#include "sync/wire/sasl/choose.h"

namespace postern::upstream {

/// What proves who we are: a password, or an access token of OAuth.
struct Credential {
  // A password is what nearly everybody has.
  Credential(Secret password) : secret(std::move(password)) {}  // NOLINT(google-explicit-*)
  [[nodiscard]] static Credential token(Secret token) {
    Credential out(std::move(token));
    out.kind = wire::sasl::SecretKind::token;
    return out;
  }

  wire::sasl::SecretKind kind = wire::sasl::SecretKind::password;
  Secret secret;
};

}  // namespace postern::upstream
