#include "tests/imap/served.h"

#include <stdexcept>
#include <utility>

#include "proxy/access/device_password.h"

namespace postern::imap::test {
namespace {

/// A wrong password is answered at once.
access::ThrottleRules no_pauses() {
  access::ThrottleRules rules;
  rules.first_pause = std::chrono::seconds(0);
  rules.longest_pause = std::chrono::seconds(0);
  return rules;
}

template <class T>
T value_of(std::expected<T, Problem> result) {
  if (!result) throw std::runtime_error(result.error().text());
  return std::move(*result);
}

/// Hashed once for all of them.
store::Device device(std::string name, store::DeviceRights rights) {
  static const store::DeviceKeys keys = access::device_keys_of(Secret("0000-1111-2222-3333"));
  store::Device out;
  out.name = std::move(name);
  out.rights = rights;
  out.keys = keys;
  return out;
}

}  // namespace

Served::Served(Limits limits, Tls tls, const std::filesystem::path& above)
    : folder_(above), directory_(no_pauses()), work_(io_.get_executor()) {
  store::AccountOptions options;
  options.folder = folder_.path() / "anna";
  account_ = value_of(store::Account::open(options));
  if (tls == Tls::automatic) {
    tls_.emplace(value_of(net::TlsServer::automatic(folder_.path())));
  }
  directory_.set("anna", Secret("sesame"), {"anna", account_, [this] { ++polls_; }, nullptr});
  directory_.set_devices("anna", {device("reader", store::DeviceRights::read_only),
                                  device("scanner", store::DeviceRights::send_only)});
  server_.emplace(io_.get_executor(), directory_, tls_ ? &*tls_ : nullptr, limits);
  auto plain = value_of(net::Listener::open(io_.get_executor(), "127.0.0.1:0"));
  port_ = plain.port();
  server_->serve(std::move(plain));
  if (tls_) {
    auto secure = value_of(net::Listener::open(io_.get_executor(), "127.0.0.1:0"));
    tls_port_ = secure.port();
    server_->serve(std::move(secure), access::Start::tls);
  }
  thread_ = std::thread([this] { io_.run(); });
}

Served::~Served() {
  on_network([this] {
    server_->stop();
    server_->cancel();
  });
  asio::co_spawn(io_, server_->join(), asio::use_future).get();
  work_.reset();
  thread_.join();
  account_->close();
}

void Served::deliver(const std::string& mailbox, const std::string& message) {
  store::IncomingBody incoming(account_->spool());
  incoming.feed(message);
  auto body = std::make_shared<store::NewBody>(incoming.finish());
  const MailboxId id = account_->tree()->find(mailbox)->id;
  const auto appended = store::write(*account_, [id, body](store::Transaction& transaction) {
    return transaction.append(id, *body, {}, {1'000'000'000, 0});
  });
  if (!appended) throw std::runtime_error("append was refused");
}

}  // namespace postern::imap::test
