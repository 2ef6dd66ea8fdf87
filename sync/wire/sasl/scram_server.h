#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/base/secret.h"
#include "sync/wire/sasl/client.h"
#include "sync/wire/sasl/scram.h"

namespace postern::wire::sasl {

/// What a server keeps instead of a password (RFC 5802 section 3): enough to see that a client
/// knows it, not to log in anywhere with it.
struct ScramKeys {
  std::string salt;
  unsigned iterations = 0;
  std::string stored_key;
  std::string server_key;
};
/// Takes a few milliseconds.
[[nodiscard]] ScramKeys make_scram_keys(ScramHash hash, const Secret& password, std::string salt,
                                        unsigned iterations);

/// One exchange of SCRAM-SHA-1 or SCRAM-SHA-256 from the server's side (RFC 5802, RFC 7677). What a
/// client sends that is no message of the exchange gives nullopt, and ends it.
///
/// Order: first(), challenge(), finish().
class ScramServer {
 public:
  /// `bindings`: of the connection. In the form `plus` the client takes one of them; in the bare
  /// form they find out who took -PLUS out of the offer (RFC 5802 section 6).
  ScramServer(ScramHash hash, ScramForm form, std::vector<ChannelBinding> bindings)
      : hash_(hash), form_(form), bindings_(std::move(bindings)) {}

  /// The user who wants to log in.
  [[nodiscard]] std::optional<std::string> first(std::string_view client_first);
  /// `nonce` is fresh and printable.
  [[nodiscard]] std::string challenge(ScramKeys keys, std::string_view nonce);
  /// Whether the client knows the password, and what it is told then.
  struct Verdict {
    enum class Proof : std::uint8_t { right, wrong } proof = Proof::wrong;
    std::string server_final;
  };
  [[nodiscard]] std::optional<Verdict> finish(std::string_view client_final);

 private:
  [[nodiscard]] bool accepts(std::string_view flag);

  ScramHash hash_;
  ScramForm form_;
  std::vector<ChannelBinding> bindings_;
  std::string bound_to_;  ///< data of the one that the client took
  ScramKeys keys_;
  std::string gs2_header_;
  std::string client_first_bare_;
  std::string client_nonce_;
  std::string server_first_;
};

}  // namespace postern::wire::sasl
