#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "sync/base/clock.h"
#include "sync/base/problem.h"
#include "sync/base/secret.h"
#include "sync/net/certificate_facts.h"
#include "sync/net/own_names.h"

namespace postern::net {

/// A key and its certificate, by which a device logs in instead of a password.
struct DeviceIdentity {
  ShownCertificate certificate;
  std::string chain_pem;  ///< the device's certificate, then the authority's
  Secret key_pem;         ///< PKCS#8, not encrypted
  Secret pkcs12;          ///< key and chain in one (RFC 7292), encrypted with the pass phrase
};

/// Issued by the own authority, which is made if there is none (own_certificate.h); it is for a
/// client of TLS and for nothing else. The key is kept nowhere else. `name` is what people
/// see in the certificate, up to 64 octets of it (RFC 5280 appendix A.1). Any thread. Blocks for a
/// few small files and some thousand rounds of a hash.
[[nodiscard]] std::expected<DeviceIdentity, Problem> make_device_identity(
    const std::filesystem::path& state, const std::string& name, const Secret& pass_phrase,
    const HostFacts& host = host_facts(), WallTime now = wall_now());

}  // namespace postern::net
