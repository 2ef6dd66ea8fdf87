#include "sync/engine/access_tokens.h"

#include <exception>
#include <optional>
#include <stop_token>
#include <utility>

#include <fmt/format.h>
#include <asio/cancellation_state.hpp>
#include <asio/error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/system_error.hpp>
#include <asio/this_coro.hpp>

#include "config/read_secret.h"
#include "sync/base/log.h"
#include "sync/engine/carry_through.h"
#include "sync/engine/maildrop_turns.h"
#include "sync/engine/store_work.h"
#include "sync/engine/token_key.h"
#include "sync/net/error.h"
#include "sync/net/task_group.h"
#include "sync/net/worker.h"
#include "sync/upstream/oauth/sign_in.h"
#include "sync/upstream/secret_echo.h"
#include "sync/wire/oauth/decide.h"

namespace postern::engine {
namespace {

using upstream::oauth::Endpoint;
using wire::oauth::Grant;
using wire::oauth::RenewalEnd;

struct Prepared {
  wire::oauth::Client client;
  Endpoint endpoint;
};

std::expected<Prepared, Problem> prepare(const config::OAuth& oauth, const std::stop_token& stop) {
  auto client = read_client(oauth, stop);
  if (!client) return std::unexpected(client.error());
  auto endpoint = Endpoint::prepare(oauth.token);
  if (!endpoint) return std::unexpected(endpoint.error());
  return Prepared{std::move(*client), std::move(*endpoint)};
}

Trouble explain_lost(const std::string& url, const net::Error& error) {
  const bool certificate = error.kind() == net::ErrorKind::certificate;
  return {certificate ? SourceState::bad_certificate : SourceState::unreachable,
          fmt::format("the sign-in server {}: {}; {}", url, error.what(),
                      certificate ? "nothing was sent" : "it is tried again")};
}

Trouble explain_refusal(const std::string& url, const wire::oauth::Error& error) {
  const std::string words = log::quoted(error.words);
  if (renewal_end(error.kind) == RenewalEnd::configure) {
    return {SourceState::server_error,
            fmt::format("the sign-in server {} does not renew the token ({}); check client_id, "
                        "client_secret and the URLs of `oauth:`",
                        url, words)};
  }
  return {SourceState::server_error,
          fmt::format("the sign-in server {} has a passing trouble ({}); it is tried again", url,
                      words)};
}

}  // namespace

/// How one ended.
struct AccessTokens::Renewal {
  std::expected<StoredGrant, Trouble> grant;
  bool signed_out = false;
  bool kept = false;  ///< what it changes is in the store
  std::exception_ptr failure;
};

std::expected<wire::oauth::Client, Problem> read_client(const config::OAuth& oauth,
                                                        const std::stop_token& stop) {
  wire::oauth::Client client{oauth.client_id, Secret(), oauth.scope};
  if (oauth.client_secret) {
    auto secret = config::read_secret(*oauth.client_secret, stop);
    if (!secret) return std::unexpected(secret.error());
    client.secret = std::move(*secret);
  }
  return client;
}

AccessTokens::AccessTokens(std::string account, const config::Source& source,
                           std::shared_ptr<store::Account> store, std::filesystem::path key_file,
                           std::chrono::milliseconds grace)
    : account_(std::move(account)),
      source_(source),
      store_(std::move(store)),
      key_file_(std::move(key_file)),
      grace_(grace) {}

Trouble AccessTokens::sign_in(const std::string& why) const {
  return {SourceState::sign_in_needed,
          fmt::format("{}: {}; sign in again: postern login {}", source_.username, why, account_)};
}

asio::awaitable<std::expected<Secret, Trouble>> AccessTokens::token(Freshness freshness) {
  const auto executor = co_await asio::this_coro::executor;
  auto& turns = asio::use_service<MaildropTurns>(asio::query(executor, asio::execution::context));
  const auto turn = co_await turns.take(fmt::format("token {} {}", account_, source_.key()));
  while (true) {
    auto have = co_await held();
    if (!have) co_return std::unexpected(have.error());
    const std::chrono::seconds left = have->grant.expires - wall_now();
    if (freshness == Freshness::usual && !wire::oauth::needs_renewal(left, have->grant.lifetime))
      co_return have->grant.access_token;
    Renewal renewal;
    auto work = renew_and_keep(*have, renewal);
    const auto grace = [this] { return grace_; };
    co_await carry_through("source", "renewal of a token", std::move(work), grace);
    if (renewal.failure) std::rethrow_exception(renewal.failure);
    if (renewal.grant) {
      if (renewal.kept) co_return renewal.grant->access_token;
    } else if (renewal.signed_out) {
      if (renewal.kept) co_return std::unexpected(renewal.grant.error());
    } else if (freshness == Freshness::usual && left > std::chrono::seconds(0)) {
      // The old one still holds; the next poll tries again.
      co_return have->grant.access_token;
    } else {
      co_return std::unexpected(renewal.grant.error());
    }
    // Somebody signed in meanwhile; that one is fresh.
    freshness = Freshness::usual;
  }
}

asio::awaitable<void> AccessTokens::renew_and_keep(const Held& held, Renewal& renewal) const {
  try {
    const auto renewed = co_await renew(held, renewal.signed_out);
    if (renewed) {
      renewal.grant = stored(*renewed, held.grant.refresh_token, wall_now());
      renewal.kept = co_await replace(held.sealed, *renewal.grant);
    } else {
      renewal.grant = std::unexpected(renewed.error());
      if (renewal.signed_out) renewal.kept = co_await replace(held.sealed, std::nullopt);
    }
  } catch (...) {
    renewal.failure = std::current_exception();
  }
}

asio::awaitable<std::expected<AccessTokens::Held, Trouble>> AccessTokens::held() const {
  Held held;
  auto look = [key = source_.key()](store::Reader& reader) { return reader.credential(key); };
  held.sealed = co_await read(*store_, std::move(look));
  if (held.sealed.empty()) co_return std::unexpected(sign_in("nobody has signed in"));
  auto open = [file = key_file_, sealed = held.sealed,
               context = source_.key()]() -> std::expected<std::optional<Secret>, Problem> {
    const auto key = TokenKey::open(file);
    if (!key) return std::unexpected(key.error());
    return key->unseal(sealed, context);
  };
  const auto text = co_await compute(*store_, std::move(open));
  if (!text) co_return std::unexpected(Trouble{SourceState::store_failure, text.error().text()});
  auto grant = *text ? parse_stored_grant(**text) : std::nullopt;
  if (!grant) {
    co_return std::unexpected(
        sign_in(fmt::format("the stored sign-in does not open with {}", key_file_.string())));
  }
  held.grant = std::move(*grant);
  co_return held;
}

asio::awaitable<std::expected<Grant, Trouble>> AccessTokens::renew(const Held& held,
                                                                   bool& signed_out) const {
  if (held.grant.refresh_token.empty()) {
    signed_out = true;
    co_return std::unexpected(sign_in("the sign-in has run out and cannot be renewed"));
  }
  auto work = [oauth = *source_.oauth](const std::stop_token& stop) {
    return prepare(oauth, stop);
  };
  const auto prepared = co_await net::on_worker(std::move(work));
  if (!prepared)
    co_return std::unexpected(Trouble{SourceState::server_error, prepared.error().text()});
  const std::string url = prepared->endpoint.url.text();
  Secret form = wire::oauth::refresh_form(prepared->client, held.grant.refresh_token);
  upstream::SecretEcho echo;
  echo.sent(held.grant.refresh_token);
  echo.sent(prepared->client.secret);
  try {
    auto granted = co_await upstream::oauth::ask_grant(prepared->endpoint, std::move(form));
    if (granted) co_return std::move(*granted);
    granted.error().words = echo.tellable(std::move(granted.error().words));
    if (renewal_end(granted.error().kind) != RenewalEnd::sign_in)
      co_return std::unexpected(explain_refusal(url, granted.error()));
    signed_out = true;
    co_return std::unexpected(sign_in(fmt::format("the provider does not renew the sign-in ({})",
                                                  log::quoted(granted.error().words))));
  } catch (const net::Error& error) {
    if (error.kind() == net::ErrorKind::cancelled) throw;
    co_return std::unexpected(explain_lost(url, error));
  }
}

asio::awaitable<bool> AccessTokens::replace(std::string from, std::optional<StoredGrant> to) const {
  std::string sealed;
  if (to) {
    auto work = [file = key_file_, text = format(*to), context = source_.key()] {
      const auto key = TokenKey::open(file);
      return key ? key->seal(text, context) : std::string();
    };
    sealed = co_await compute(*store_, std::move(work));
    // It opened a moment ago; without it what is stored now is worth nothing either.
    if (sealed.empty())
      throw store::StoreFailure(store::FailureKind::io, "the key of the tokens is gone");
  }
  auto work = [key = source_.key(), from = std::move(from),
               to_text = std::move(sealed)](store::Transaction& transaction) {
    return transaction.replace_credential(key, from, to_text);
  };
  co_return co_await write(*store_, std::move(work));
}

asio::awaitable<std::expected<void, Problem>> keep_grant(store::Account& store,
                                                         std::filesystem::path key_file,
                                                         std::string source_key, Grant grant) {
  auto work = [file = std::move(key_file), source_key,
               text = format(
                   stored(grant, Secret(), wall_now()))]() -> std::expected<std::string, Problem> {
    const auto key = TokenKey::open(file);
    if (!key) return std::unexpected(key.error());
    return key->seal(text, source_key);
  };
  const auto sealed = co_await compute(store, std::move(work));
  if (!sealed) co_return std::unexpected(sealed.error());
  auto keep = [source_key, sealed = *sealed](store::Transaction& transaction) {
    transaction.set_credential(source_key, sealed);
    transaction.forget_refused_logins(source_key);
  };
  co_await write(store, std::move(keep));
  co_return std::expected<void, Problem>();
}

}  // namespace postern::engine
