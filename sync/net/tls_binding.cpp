#include <openssl/digest.h>
#include <openssl/nid.h>
#include <openssl/obj.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "sync/net/stream_state.h"

namespace postern::net {
namespace {

std::string octets_of(const std::uint8_t* data, std::size_t count) {
  return {reinterpret_cast<const char*>(data), count};
}

std::optional<TlsBinding> exporter(SSL* session) {
  constexpr std::string_view label = "EXPORTER-Channel-Binding";
  std::array<std::uint8_t, 32> out{};
  if (SSL_export_keying_material(session, out.data(), out.size(), label.data(), label.size(),
                                 nullptr, 0, 1) != 1) {
    return std::nullopt;
  }
  return TlsBinding{"tls-exporter", octets_of(out.data(), out.size())};
}

std::optional<TlsBinding> unique(const SSL* session) {
  std::array<std::uint8_t, 64> out{};
  std::size_t count = 0;
  if (SSL_get_tls_unique(session, out.data(), &count, out.size()) != 1) return std::nullopt;
  return TlsBinding{"tls-unique", octets_of(out.data(), count)};
}

/// The one that the server has shown. Shared with the session.
bssl::UniquePtr<X509> server_certificate(const SSL* session) {
  if (SSL_is_server(session) == 0) return bssl::UniquePtr<X509>(SSL_get_peer_certificate(session));
  // The session itself forgets it with the handshake; each certificate has a context of its own.
  return bssl::UpRef(SSL_CTX_get0_certificate(SSL_get_SSL_CTX(session)));
}

/// RFC 5929 section 4.1: the hash of the certificate's signature, but nothing older than SHA-256.
std::optional<TlsBinding> server_end_point(const SSL* session) {
  const bssl::UniquePtr<X509> certificate = server_certificate(session);
  if (!certificate) return std::nullopt;
  int hash = NID_undef;
  const int signature = X509_get_signature_nid(certificate.get());
  if (OBJ_find_sigid_algs(signature, &hash, nullptr) != 1) return std::nullopt;
  if (hash == NID_md5 || hash == NID_sha1) hash = NID_sha256;
  const EVP_MD* digest = EVP_get_digestbynid(hash);
  if (digest == nullptr) return std::nullopt;
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> out{};
  unsigned count = 0;
  if (X509_digest(certificate.get(), digest, out.data(), &count) != 1) return std::nullopt;
  return TlsBinding{"tls-server-end-point", octets_of(out.data(), count)};
}

}  // namespace

std::vector<TlsBinding> Stream::tls_bindings() const {
  std::vector<TlsBinding> bindings;
  const auto add = [&](std::optional<TlsBinding> binding) {
    if (binding) bindings.push_back(std::move(*binding));
  };
  if (!state_->tls) return bindings;
  SSL* session = state_->tls->native_handle();
  if (SSL_version(session) >= TLS1_3_VERSION) {
    add(exporter(session));
  } else if (SSL_get_extms_support(session) == 1) {
    add(unique(session));
  }
  add(server_end_point(session));
  return bindings;
}

}  // namespace postern::net
