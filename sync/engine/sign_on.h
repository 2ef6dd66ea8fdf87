#pragma once

#include <cstdint>
#include <optional>

#include <asio/awaitable.hpp>

#include "config/config.h"
#include "sync/base/secret.h"
#include "sync/engine/access_tokens.h"
#include "sync/net/tls.h"
#include "sync/store/account.h"
#include "sync/upstream/pop3_session.h"

namespace postern::engine {

/// What one login leaves for the next, in memory only.
struct SignOnMemory {
  bool token_doubted = false;            ///< the server refused the last login with it
  std::optional<Secret> refused_secret;  ///< the last one, if it was not taken
  upstream::Pop3Memory server;
};

/// The way into a source's maildrop: reads the secret, connects, logs in. It outlives the session
/// that it gave. Network thread; the references outlive it.
class SignOn {
 public:
  struct Parts {
    const config::Source& source;
    store::Account& account;
    SignOnMemory& memory;
    AccessTokens* tokens;  ///< for a source with `oauth:`
    upstream::Pop3Deadlines deadlines;
    std::uint64_t message_limit;  ///< octets
  };
  explicit SignOn(Parts parts) : parts_(parts) {}

  /// A session that is logged in, or the server's refusal. Trouble before the server is asked
  /// (a secret that cannot be had, a trust anchor that cannot be read) is thrown as Trouble, a
  /// lost connection as net::Error.
  asio::awaitable<upstream::Answer<upstream::Pop3Session>> session();

  /// Whether to sign on once more with a new token. A token may be withdrawn before its time: when
  /// the server says so for certain, a new one is tried at once; else with the next poll, since it
  /// may mean that one logs in too often.
  [[nodiscard]] bool worth_a_new_token(const upstream::Refused& why);

 private:
  struct Access {
    Secret secret;  ///< password or access token
    std::optional<net::TlsClient> trust;
  };
  asio::awaitable<Access> access();
  asio::awaitable<Secret> access_token();

  Parts parts_;
  bool token_renewed_ = false;  ///< after a refusal
  std::optional<net::TlsClient> trust_;
};

}  // namespace postern::engine
