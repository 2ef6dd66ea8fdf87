#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/base/problem.h"
#include "sync/net/certificate_facts.h"

namespace postern::net {

/// How an upstream server proves who it is.
struct TlsTrust {
  std::string host;  ///< name or address that the certificate must bear (SAN only)
  std::optional<std::filesystem::path> ca;  ///< trusted beside the system's
  std::optional<std::string> pin;  ///< "SHA256:" and 64 hex digits of the certificate itself:
                                   ///< exactly this one, instead of a chain
  /// Whether a connection may begin from what an earlier one of the same TlsClient agreed on, the
  /// proof of who the server is included (RFC 8446 section 2.2, RFC 5077).
  enum class Resumption { never, within_client } resumption = Resumption::never;
};

/// Client side of TLS for one upstream: TLS 1.2 or later, chain and host name always verified.
class TlsClient {
 public:
  static std::expected<TlsClient, Problem> make(const TlsTrust& trust);
  TlsClient(TlsClient&&) noexcept;
  TlsClient& operator=(TlsClient&&) noexcept;
  ~TlsClient();

 private:
  friend class Stream;
  struct State;
  explicit TlsClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Server side: one certificate chain and its key, TLS 1.2 with ECDHE and AEAD only, or TLS 1.3.
/// Connections keep what they began with: another one may be assigned at any time.
class TlsServer {
 public:
  static std::expected<TlsServer, Problem> load(const std::filesystem::path& certificate,
                                                const std::filesystem::path& key);
  /// Loads own_certificate(state).
  static std::expected<TlsServer, Problem> automatic(const std::filesystem::path& state);
  TlsServer(TlsServer&&) noexcept;
  TlsServer& operator=(TlsServer&&) noexcept;
  ~TlsServer();

  /// Of the certificate itself, the first of the chain.
  [[nodiscard]] const CertificateFacts& facts() const;

 private:
  friend class Stream;
  struct State;
  explicit TlsServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace postern::net
