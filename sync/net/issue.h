#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <openssl/base.h>

#include "sync/base/clock.h"

namespace postern::net {

/// What a certificate made here says (RFC 5280).
struct CertificateText {
  enum class Role { authority, server };
  Role role = Role::server;
  std::string common_name;
  std::vector<std::string> names;      ///< dNSName; octets as they are
  std::vector<std::string> addresses;  ///< iPAddress, "192.0.2.1" or "2001:db8::1"
  WallTime not_before;
  WallTime not_after;
};

struct Identity {
  bssl::UniquePtr<X509> certificate;
  bssl::UniquePtr<EVP_PKEY> key;
};

/// Makes a new ECDSA P-256 key and a certificate for it, signed by `issuer`, or by itself.
[[nodiscard]] Identity issue(const CertificateText& text, const Identity* issuer);

[[nodiscard]] std::string certificate_pem(const X509& certificate);
[[nodiscard]] std::string key_pem(EVP_PKEY& key);

}  // namespace postern::net
