#include "proxy/daemon/relay_purse.h"

#include <stop_token>
#include <utility>

#include "config/read_secret.h"
#include "sync/engine/access_tokens.h"
#include "sync/net/worker.h"
#include "sync/store/failure.h"

namespace postern::daemon {

RelayPurse::RelayPurse(const config::Relay& relay, Stores stores, std::filesystem::path token_key)
    : stores_(std::move(stores)), token_key_(std::move(token_key)) {
  for (const config::RelayLogin& login : relay.login) logins_[login.account] = login;
}

asio::awaitable<RelayPurse::Result> RelayPurse::credential(std::string account,
                                                           Freshness freshness) {
  const config::RelayLogin login = logins_.at(account);
  if (login.source) co_return co_await token(std::move(account), *login.source, freshness);
  auto work = [source = *login.password](const std::stop_token& stop) {
    return config::read_secret(source, stop);
  };
  auto secret = co_await net::on_worker(std::move(work));
  if (!secret) co_return std::unexpected(secret.error());
  co_return upstream::Credential(std::move(*secret));
}

asio::awaitable<RelayPurse::Result> RelayPurse::token(std::string account, config::Source source,
                                                      Freshness freshness) const {
  const auto store = stores_(account);
  if (!store) co_return std::unexpected(Problem{"the account's store is not open", ""});
  engine::AccessTokens tokens(account, source, store, token_key_);
  using Wanted = engine::AccessTokens::Freshness;
  try {
    auto token =
        co_await tokens.token(freshness == Freshness::usual ? Wanted::usual : Wanted::renewed);
    if (!token) co_return std::unexpected(Problem{token.error().detail, ""});
    co_return upstream::Credential::token(std::move(*token));
  } catch (const store::StoreFailure& failure) {
    co_return std::unexpected(store::problem_of(failure));
  }
}

}  // namespace postern::daemon
