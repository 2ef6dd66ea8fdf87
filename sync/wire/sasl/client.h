#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sync/base/problem.h"
#include "sync/base/secret.h"

namespace postern::wire::sasl {

/// The mechanisms that a client of ours speaks, the strongest first.
enum class Mechanism : std::uint8_t {
  scram_sha_256_plus,  ///< RFC 7677, with channel binding (RFC 5802 section 6)
  scram_sha_1_plus,
  scram_sha_256,
  scram_sha_1,
  cram_md5,     ///< RFC 2195
  plain,        ///< RFC 4616
  login,        ///< not standardised: two prompts, user name and password
  oauthbearer,  ///< RFC 7628
  xoauth2,      ///< what Google and Microsoft had before it
};

/// "SCRAM-SHA-256-PLUS", as it stands in CAPA and AUTH.
[[nodiscard]] std::string_view name(Mechanism mechanism);
/// Without regard to ASCII case.
[[nodiscard]] std::optional<Mechanism> find_mechanism(std::string_view name);

/// The secret is a password, or an access token for the two bearer mechanisms.
struct Credentials {
  std::string user;
  Secret secret;
};

/// What ties the exchange to the TLS connection it runs in (RFC 5056).
struct ChannelBinding {
  std::string
      type;  ///< "tls-exporter" (RFC 9266), "tls-unique" or "tls-server-end-point" (RFC 5929)
  std::string data;
};

/// What the server said made no sense, or it failed to prove that it knows the password.
using Response = std::expected<Secret, Problem>;

/// What the server refused within the exchange, before it refuses in the protocol around it.
enum class Denial : std::uint8_t {
  none,
  credentials,
  method,  ///< the channel binding, or this way of using it
};

/// One exchange, from the client's side. Octets are bare: base64 and line breaks belong to the
/// protocol around it.
///
/// Order: initial() once; respond() for each challenge; on the server's success, finished() must be
/// true, else whoever answered does not know the password.
class Client {
 public:
  virtual ~Client() = default;
  /// What may go out with the mechanism's name; nullopt if the server speaks first.
  [[nodiscard]] virtual std::optional<Secret> initial() = 0;
  [[nodiscard]] virtual Response respond(std::string_view challenge) = 0;
  /// The next respond() takes long: it belongs on a thread where nobody waits.
  [[nodiscard]] virtual bool slow() const { return false; }
  [[nodiscard]] virtual bool finished() const = 0;
  [[nodiscard]] virtual Denial denial() const { return Denial::none; }
};

struct Context {
  std::string host;  ///< for OAUTHBEARER
  std::uint16_t port = 0;
  std::string nonce;  ///< fresh and printable, at least 18 octets from a random generator, base64
  std::optional<ChannelBinding> binding;
};

/// The -PLUS mechanisms need `context.binding`.
[[nodiscard]] std::unique_ptr<Client> make_client(Mechanism mechanism, Credentials credentials,
                                                  Context context);

}  // namespace postern::wire::sasl
