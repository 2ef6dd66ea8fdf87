#include "sync/engine/outgoing/sign_on.h"

#include <optional>
#include <utility>

#include "sync/engine/outgoing/explain.h"
#include "sync/engine/server_access.h"
#include "sync/net/error.h"

namespace postern::engine::outgoing {

namespace {

using upstream::Refusal;
using upstream::SmtpSession;
using Outcome = std::expected<SmtpSession, Unavailable>;
using Kind = Unavailable::Kind;

Kind kind_of(const upstream::Refused& why) {
  switch (why.kind) {
    case Refusal::auth:
    case Refusal::no_tls:
    case Refusal::login_method:
    case Refusal::other: return Kind::refused;
    default: return Kind::unreachable;
  }
}

struct Way {
  upstream::Credential credential;
  std::optional<net::TlsClient> trust;
};

asio::awaitable<std::expected<Way, Trouble>> way_in(const config::Outgoing& server,
                                                    const Credentials& credentials,
                                                    AccessTokens::Freshness freshness) {
  Secret token;
  if (credentials.tokens != nullptr) {
    auto had = co_await credentials.tokens->token(freshness);
    if (!had) co_return std::unexpected(had.error());
    token = std::move(*had);
  }
  std::optional<config::SecretSource> password;
  if (credentials.tokens == nullptr) password = credentials.password;
  net::TlsTrust trust{server.server.host, server.ca, server.pin};
  auto access = co_await server_access(std::move(password), server.tls, std::move(trust));
  if (!access) co_return std::unexpected(access.error());
  if (credentials.tokens != nullptr)
    co_return Way{upstream::Credential::token(std::move(token)), std::move(access->trust)};
  co_return Way{upstream::Credential(std::move(access->password)), std::move(access->trust)};
}

/// A connection and a login.
asio::awaitable<upstream::Answer<SmtpSession>> converse(const config::Outgoing& server, Way way,
                                                        upstream::LoginMemory& memory,
                                                        upstream::SmtpDeadlines deadlines) {
  upstream::SmtpSettings settings;
  settings.server = {server.server.host, server.server.port};
  settings.tls = server.tls;
  settings.plaintext = upstream::plaintext_of(server);
  settings.trust = way.trust ? &*way.trust : nullptr;
  settings.deadlines = deadlines;
  settings.login = server.login;
  settings.memory = &memory;
  auto session = co_await SmtpSession::open(std::move(settings));
  if (!session) co_return session;
  const auto logged_in = co_await session->login(server.username, std::move(way.credential));
  if (!logged_in) co_return std::unexpected(logged_in.error());
  co_return session;
}

}  // namespace

asio::awaitable<Outcome> sign_on(const config::Outgoing& server, Credentials credentials,
                                 upstream::LoginMemory& memory, upstream::SmtpDeadlines deadlines) {
  using Freshness = AccessTokens::Freshness;
  using wire::sasl::SecretKind;
  const bool token = credentials.tokens != nullptr;
  const SecretKind shown = token ? SecretKind::token : SecretKind::password;
  // A token may be withdrawn before its time: then a new one is tried, once.
  for (const Freshness freshness : {Freshness::usual, Freshness::renewed}) {
    try {
      auto way = co_await way_in(server, credentials, freshness);
      if (!way) {
        const bool wait = way.error().state == SourceState::unreachable;
        co_return std::unexpected(
            Unavailable{way.error(), wait ? Kind::unreachable : Kind::refused});
      }
      auto session = co_await converse(server, std::move(*way), memory, deadlines);
      if (session) co_return std::move(*session);
      const upstream::Refused& why = session.error();
      if (token && freshness == Freshness::usual && why.kind == Refusal::auth && why.certain)
        continue;
      co_return std::unexpected(Unavailable{explain(server, why, shown), kind_of(why)});
    } catch (const net::Error& error) {
      if (error.kind() == net::ErrorKind::cancelled) throw;
      co_return std::unexpected(
          Unavailable{engine::explain(server.server, error), Kind::unreachable});
    }
  }
  co_return std::unexpected(Unavailable{});
}

}  // namespace postern::engine::outgoing
