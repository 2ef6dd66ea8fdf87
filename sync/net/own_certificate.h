#pragma once

#include <expected>
#include <filesystem>

#include "sync/base/clock.h"
#include "sync/base/problem.h"

namespace postern::net {

struct OwnFiles {
  std::filesystem::path authority;    ///< the certificate that devices are to trust
  std::filesystem::path certificate;  ///< leaf, then authority
  std::filesystem::path key;
};

/// An own authority and a leaf for this host's names and addresses in `folder`: made once, the leaf
/// anew when it has less than 30 days left or the host got other names. Keys are 0600.
[[nodiscard]] std::expected<OwnFiles, Problem> own_certificate(const std::filesystem::path& folder,
                                                               WallTime now = wall_now());

}  // namespace postern::net
