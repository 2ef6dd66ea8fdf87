#pragma once

#include <expected>
#include <filesystem>

#include "sync/base/clock.h"
#include "sync/base/problem.h"
#include "sync/net/issue.h"
#include "sync/net/own_names.h"

namespace postern::net {

/// The own authority (own_certificate.h), made where there is none and where it is damaged or due.
/// Both folders are made, 0700. Blocks for a few small files.
[[nodiscard]] std::expected<Identity, Problem> authority_at_hand(const std::filesystem::path& state,
                                                                 const HostFacts& host,
                                                                 WallTime now);

}  // namespace postern::net
