#include "sync/engine/sign_on.h"

#include <utility>

#include "sync/engine/server_access.h"

namespace postern::engine {

using upstream::Pop3Session;

asio::awaitable<upstream::Answer<Pop3Session>> SignOn::session() {
  const config::Source& source = parts_.source;
  Access access = co_await this->access();
  trust_ = std::move(access.trust);
  upstream::Pop3Settings settings;
  settings.server = {source.server.host, source.server.port};
  settings.tls = source.tls;
  settings.plaintext = upstream::plaintext_of(source);
  settings.trust = trust_ ? &*trust_ : nullptr;
  settings.deadlines = parts_.deadlines;
  settings.login = source.login;
  settings.memory = &parts_.memory.server;
  settings.message_limit = parts_.message_limit;
  auto opened = co_await Pop3Session::open(settings);
  if (!opened) co_return opened;
  const Secret tried = access.secret;
  upstream::Credential credential(std::move(access.secret));
  if (source.oauth) credential.kind = wire::sasl::SecretKind::token;
  const auto logged_in = co_await opened->login(source.username, std::move(credential));
  if (logged_in) co_return opened;
  const upstream::Refused& why = logged_in.error();
  if (why.after_proof || why.kind == upstream::Refusal::auth) parts_.memory.refused_secret = tried;
  co_return std::unexpected(logged_in.error());
}

asio::awaitable<SignOn::Access> SignOn::access() {
  const config::Source& source = parts_.source;
  Secret token;
  if (source.oauth) token = co_await access_token();
  std::optional<config::SecretSource> password;
  if (!source.oauth) password = source.password;
  net::TlsTrust trust{source.server.host, source.ca, source.pin};
  auto access = co_await server_access(std::move(password), source.tls, std::move(trust));
  if (!access) throw Trouble(access.error());
  co_return Access{source.oauth ? std::move(token) : std::move(access->password),
                   std::move(access->trust)};
}

asio::awaitable<Secret> SignOn::access_token() {
  token_renewed_ = parts_.memory.token_doubted;
  const auto freshness =
      token_renewed_ ? AccessTokens::Freshness::renewed : AccessTokens::Freshness::usual;
  auto token = co_await parts_.tokens->token(freshness);
  if (!token) throw Trouble(token.error());
  parts_.memory.token_doubted = false;
  co_return std::move(*token);
}

bool SignOn::worth_a_new_token(const upstream::Refused& why) {
  if (!parts_.source.oauth || why.kind != upstream::Refusal::auth || token_renewed_) return false;
  parts_.memory.token_doubted = true;
  return why.certain;
}

}  // namespace postern::engine
