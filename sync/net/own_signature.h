#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

#include "sync/base/clock.h"
#include "sync/base/problem.h"

namespace postern::net {

/// `text` with a signature that whoever trusts the own authority can verify: CMS SignedData in DER
/// with the text in it (RFC 5652 section 5). It is signed with a key of its own, which the
/// authority vouches for and which is forgotten at once. A problem if there is no own authority in
/// `state` (own_certificate.h). Blocks for two small files.
[[nodiscard]] std::expected<std::string, Problem> signed_by_own_authority(
    const std::filesystem::path& state, std::string_view text, WallTime now = wall_now());

/// The own authority's certificate in DER, or a problem as above.
[[nodiscard]] std::expected<std::string, Problem> own_authority_der(
    const std::filesystem::path& state);

}  // namespace postern::net
