#include "sync/engine/sign_on.h"

#include <expected>
#include <stop_token>
#include <utility>

#include "config/read_secret.h"
#include "sync/net/worker.h"

namespace postern::engine {

using upstream::Pop3Session;

asio::awaitable<upstream::Answer<Pop3Session>> SignOn::session() {
  const config::Source& source = parts_.source;
  Access access = co_await this->access();
  trust_ = std::move(access.trust);
  upstream::Pop3Settings settings;
  settings.server = {source.server.host, source.server.port};
  settings.tls = source.tls;
  settings.insecure = source.insecure;
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
  auto work = [password = source.password, oauth = source.oauth.has_value(), tls = source.tls,
               trust = net::TlsTrust{source.server.host, source.ca, source.pin}](
                  const std::stop_token& stop) -> std::expected<Access, Trouble> {
    Access access;
    if (!oauth) {
      auto secret = config::read_secret(password, stop);
      if (!secret)
        return std::unexpected(Trouble{SourceState::wrong_password, secret.error().text()});
      access.secret = std::move(*secret);
    }
    if (tls == config::Tls::none) return access;
    auto client = net::TlsClient::make(trust);
    if (!client)
      return std::unexpected(Trouble{SourceState::bad_certificate, client.error().text()});
    access.trust.emplace(std::move(*client));
    return access;
  };
  auto access = co_await net::on_worker(std::move(work));
  if (!access) throw Trouble(access.error());
  if (source.oauth) access->secret = std::move(token);
  co_return std::move(*access);
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
