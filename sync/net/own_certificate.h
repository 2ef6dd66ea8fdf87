#pragma once

#include <expected>
#include <filesystem>

#include "sync/base/clock.h"
#include "sync/base/problem.h"
#include "sync/net/own_names.h"

namespace postern::net {

/// Where an own authority and its server certificate lie:
///
///   <state>/ca.pem         what devices are to trust; anybody may read it
///   <state>/tls/ca.key     0600, like all below
///   <state>/tls/leaf.pem   the server's certificate, then the authority's
///   <state>/tls/leaf.key
struct OwnFiles {
  explicit OwnFiles(const std::filesystem::path& state);
  std::filesystem::path authority;
  std::filesystem::path authority_key;
  std::filesystem::path certificate;
  std::filesystem::path key;
};

/// Makes what is missing, damaged or due (certificate_life.h): the authority once in ten years, the
/// server's certificate also when the host has a name or an address that is not in it. Both folders
/// are made, 0700. Blocks for a few files.
[[nodiscard]] std::expected<OwnFiles, Problem> own_certificate(const std::filesystem::path& state,
                                                               const HostFacts& host = host_facts(),
                                                               WallTime now = wall_now());

}  // namespace postern::net
