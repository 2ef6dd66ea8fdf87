#include "sync/engine/server_access.h"

#include <stop_token>
#include <utility>

#include "config/read_secret.h"
#include "sync/net/worker.h"

namespace postern::engine {

asio::awaitable<std::expected<ServerAccess, Trouble>> server_access(
    std::optional<config::SecretSource> password, config::Tls tls, net::TlsTrust trust) {
  auto work = [password = std::move(password), tls, trust = std::move(trust)](
                  const std::stop_token& stop) -> std::expected<ServerAccess, Trouble> {
    ServerAccess access;
    if (password) {
      auto secret = config::read_secret(*password, stop);
      if (!secret)
        return std::unexpected(Trouble{SourceState::wrong_password, secret.error().text()});
      access.password = std::move(*secret);
    }
    if (tls == config::Tls::none) return access;
    auto client = net::TlsClient::make(trust);
    if (!client)
      return std::unexpected(Trouble{SourceState::bad_certificate, client.error().text()});
    access.trust.emplace(std::move(*client));
    return access;
  };
  co_return co_await net::on_worker(std::move(work));
}

}  // namespace postern::engine
