#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>

#include <asio/awaitable.hpp>

#include "config/config.h"
#include "sync/base/secret.h"
#include "sync/engine/explain.h"
#include "sync/engine/stored_grant.h"
#include "sync/store/account.h"
#include "sync/wire/oauth/answer.h"
#include "sync/wire/oauth/request.h"

namespace postern::engine {

/// How long a renewal may go on after its source was stopped. A server that has not answered by
/// then loses the race: if it did renew, somebody has to sign in again.
inline constexpr std::chrono::seconds renewal_grace{5};

/// The access token of one source with `oauth:`: taken from the account's database, renewed in
/// time.
///
/// Invariants:
/// - A new refresh token is on disk before the access token that came with it is used: the server
///   may have forgotten the old one.
/// - A renewal never overwrites a sign-in that came meanwhile.
/// - A renewal that has begun is carried through though the source is stopped: the server may have
///   forgotten the old refresh token, and the new one is on its way.
/// - Only the server's word that the grant is gone ends it; trouble on the way to it does not.
/// - One renewal of a grant at a time, whoever asks: two would each make the other's worthless.
///
/// Throws StoreFailure, and net::Error(cancelled). Network thread.
class AccessTokens {
 public:
  AccessTokens(std::string account, const config::Source& source,
               std::shared_ptr<store::Account> store, std::filesystem::path key_file,
               std::chrono::milliseconds grace = renewal_grace);

  enum class Freshness {
    usual,    ///< renewed a while before it runs out
    renewed,  ///< the server refused the one that was there
  };
  asio::awaitable<std::expected<Secret, Trouble>> token(Freshness freshness);

 private:
  struct Held {
    std::string sealed;  ///< as the store has it
    StoredGrant grant;
  };
  asio::awaitable<std::expected<Held, Trouble>> held() const;
  asio::awaitable<std::expected<wire::oauth::Grant, Trouble>> renew(const Held& held,
                                                                    bool& signed_out) const;
  asio::awaitable<bool> replace(std::string from, std::optional<StoredGrant> to) const;
  struct Renewal;
  asio::awaitable<void> renew_and_keep(const Held& held, Renewal& renewal) const;
  [[nodiscard]] Trouble sign_in(const std::string& why) const;

  std::string account_;
  const config::Source& source_;
  std::shared_ptr<store::Account> store_;
  std::filesystem::path key_file_;
  std::chrono::milliseconds grace_;
};

/// Keeps what a sign-in gave, and forgets in the same transaction that an earlier one was refused.
/// Makes the key if there is none yet. Network thread.
asio::awaitable<std::expected<void, Problem>> keep_grant(store::Account& store,
                                                         std::filesystem::path key_file,
                                                         std::string source_key,
                                                         wire::oauth::Grant grant);

/// The client of a source, its secret read: blocks, until `stop` at the longest.
[[nodiscard]] std::expected<wire::oauth::Client, Problem> read_client(
    const config::OAuth& oauth, const std::stop_token& stop = {});

}  // namespace postern::engine
