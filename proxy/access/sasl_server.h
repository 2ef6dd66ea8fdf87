#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <asio/awaitable.hpp>

#include "proxy/access/directory.h"
#include "sync/net/stream.h"

namespace postern::access {

/// One SASL exchange with a mail program (RFC 4422) without what a protocol puts around it, for
/// every face: PLAIN, LOGIN, SCRAM with SHA-1 and SHA-256, both with -PLUS as well, and EXTERNAL
/// for a certificate. Network thread.
class SaslServer {
 public:
  /// What a connection may log in with, the strongest first; nothing where no password may go.
  /// EXTERNAL where the certificate that was shown is good for it. `bindings` are those of the
  /// stream: a program may use any of them.
  [[nodiscard]] static std::vector<std::string_view> offered(
      const Directory& directory, const Peer& peer, std::span<const net::TlsBinding> bindings);
  /// `mechanism` in any case; nullptr for what is not offered, except that every certificate may be
  /// tried. `directory` outlives the exchange.
  [[nodiscard]] static std::unique_ptr<SaslServer> begin(std::string_view mechanism,
                                                         Directory& directory, Peer peer,
                                                         std::vector<net::TlsBinding> bindings);
  virtual ~SaslServer() = default;

  struct Step {
    enum class Kind : std::uint8_t {
      challenge,
      malformed,  ///< what the program sent makes no sense in the mechanism: the exchange is over
      done,
    } kind = Kind::malformed;
    std::string challenge;                                                    ///< in base64
    std::expected<Login, Refused> outcome = std::unexpected(Refused::wrong);  ///< of `done`
  };
  /// A response in base64; nullopt: the command came without one.
  virtual asio::awaitable<Step> respond(std::optional<std::string> base64) = 0;
};

}  // namespace postern::access
