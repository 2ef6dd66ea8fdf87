#pragma once

#include <optional>
#include <string>

#include "config/config.h"
#include "sync/engine/status.h"
#include "sync/net/error.h"
#include "sync/store/failure.h"
#include "sync/upstream/pop3_refused.h"
#include "sync/wire/pop3/capabilities.h"

namespace postern::engine {

/// What went wrong, as a state and in words that a person can act on. A peer's words are quoted.
struct Trouble {
  SourceState state = SourceState::server_error;
  std::string detail;
};

[[nodiscard]] Trouble explain(const config::HostPort& server, const net::Error& error);
[[nodiscard]] Trouble explain(const config::Source& source, const upstream::Refused& why);
[[nodiscard]] Trouble explain(const store::StoreFailure& failure);

/// What to tell when the server deletes messages sooner than the operator wants (RFC 2449 section
/// 6.7); empty if it does not.
[[nodiscard]] std::string retention_note(const config::KeepOnServer& keep,
                                         const std::optional<wire::pop3::Expiry>& expiry);

}  // namespace postern::engine
