#pragma once

#include "config/config.h"
#include "sync/engine/explain.h"
#include "sync/upstream/refused.h"
#include "sync/wire/sasl/choose.h"

namespace postern::engine::outgoing {

/// What a refusal on the way means, in words that a person can act on; `shown` is what proved who
/// one is.
[[nodiscard]] Trouble explain(const config::Outgoing& server, const upstream::Refused& why,
                              wire::sasl::SecretKind shown);

}  // namespace postern::engine::outgoing
