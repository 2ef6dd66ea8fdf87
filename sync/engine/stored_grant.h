#pragma once

#include <optional>

#include "sync/base/clock.h"
#include "sync/base/secret.h"
#include "sync/wire/oauth/answer.h"

namespace postern::engine {

/// A grant as it is kept: with the time it runs out.
struct StoredGrant {
  Secret access_token;
  Secret refresh_token;  ///< empty: it cannot be renewed
  WallTime expires;
  std::chrono::seconds lifetime{0};
};

/// What is to be kept of a grant that came now. A renewal without a refresh token leaves the one
/// that was used good (RFC 6749 section 6).
[[nodiscard]] StoredGrant stored(const wire::oauth::Grant& grant, const Secret& refresh_before,
                                 WallTime now);

/// As text, to be sealed, and back; nullopt for what is none.
[[nodiscard]] Secret format(const StoredGrant& grant);
[[nodiscard]] std::optional<StoredGrant> parse_stored_grant(const Secret& text);

}  // namespace postern::engine
