#pragma once

#include <string>

#include "config/config.h"
#include "sync/engine/status.h"
#include "sync/net/error.h"
#include "sync/store/failure.h"
#include "sync/upstream/pop3_refused.h"

namespace postern::engine {

/// What went wrong, as a state and in words that a person can act on. A peer's words are quoted.
struct Trouble {
  SourceState state = SourceState::server_error;
  std::string detail;
};

[[nodiscard]] Trouble explain(const config::Source& source, const net::Error& error);
[[nodiscard]] Trouble explain(const config::Source& source, const upstream::Refused& why);
[[nodiscard]] Trouble explain(const store::StoreFailure& failure);

}  // namespace postern::engine
