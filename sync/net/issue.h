#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <openssl/base.h>

#include "sync/net/certificate_life.h"
#include "sync/net/own_names.h"

namespace postern::net {

/// What a certificate made here says (RFC 5280).
struct CertificateText {
  /// An authority signs servers and devices, and no other authority; a server and a device are each
  /// for their end of TLS; a signature is for one document.
  enum class Role { authority, server, device, signature };
  Role role = Role::server;
  std::string common_name;
  std::vector<std::string> names;      ///< dNSName; octets as they are
  std::vector<std::string> addresses;  ///< iPAddress, "192.0.2.1" or "2001:db8::1"
  std::optional<NameScope> scope;      ///< of an authority: what it may vouch for, and no more
  CertificateLife life;
};

struct Identity {
  bssl::UniquePtr<X509> certificate;
  bssl::UniquePtr<EVP_PKEY> key;
};

/// Makes a new ECDSA P-256 key and a certificate for it, signed by `issuer`, or by itself.
[[nodiscard]] Identity issue(const CertificateText& text, const Identity* issuer);

/// A certificate and its key from PEM files; nothing unless both are there and belong together.
[[nodiscard]] std::optional<Identity> read_identity(const std::filesystem::path& certificate,
                                                    const std::filesystem::path& key);

[[nodiscard]] std::string certificate_pem(const X509& certificate);
[[nodiscard]] std::string certificate_der(const X509& certificate);
[[nodiscard]] std::string key_pem(EVP_PKEY& key);

}  // namespace postern::net
