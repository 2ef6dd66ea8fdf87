#include "proxy/relay/entrance.h"

#include <utility>

#include "sync/upstream/imap_login.h"
#include "sync/upstream/pop3_capa.h"
#include "sync/upstream/pop3_login.h"
#include "sync/upstream/smtp_hello.h"
#include "sync/upstream/smtp_login.h"

namespace postern::relay {
namespace {

using upstream::Answer;
using upstream::LoginRequest;
using Logged = asio::awaitable<Answer<config::Login>>;

/// What was asked of a server before TLS, its greeting included, is not asked here.
class ImapEntrance final : public Entrance {
 public:
  ImapEntrance(net::Stream stream, const Limits& limits)
      : connection_(std::move(stream), limits.answer) {}

  asio::awaitable<Answer<void>> begin(Greeted greeted) {
    if (greeted == Greeted::no) {
      const Answer<void> greeting = co_await connection_.greeting();
      if (!greeting) co_return greeting;
    }
    auto offer = co_await connection_.ask_offer();
    if (!offer) co_return std::unexpected(offer.error());
    offer_ = std::move(*offer);
    co_return Answer<void>();
  }
  Logged log_in(LoginRequest request) override {
    upstream::ImapLogin login(connection_, offer_, std::move(request));
    co_return co_await login.log_in();
  }
  Left leave() override {
    std::string rest(connection_.unread());
    return {std::move(connection_.stream()), std::move(rest)};
  }

 private:
  upstream::ImapConnection connection_;
  upstream::ImapOffer offer_;
};

class Pop3Entrance final : public Entrance {
 public:
  Pop3Entrance(net::Stream stream, const Limits& limits)
      : connection_(std::move(stream), pop3_deadlines(limits)) {}

  asio::awaitable<Answer<void>> begin(Greeted greeted) {
    if (greeted == Greeted::no) {
      auto greeting = co_await connection_.greeting();
      if (!greeting) co_return std::unexpected(greeting.error());
      greeting_ = std::move(greeting->text);
    }
    auto capabilities = co_await upstream::ask_capabilities(connection_);
    if (!capabilities) co_return std::unexpected(capabilities.error());
    capabilities_ = std::move(*capabilities);
    co_return Answer<void>();
  }
  Logged log_in(LoginRequest request) override {
    upstream::Pop3Login login(connection_, capabilities_, greeting_, std::move(request));
    co_return co_await login.log_in();
  }
  Left leave() override {
    std::string rest(connection_.unread());
    return {std::move(connection_.stream()), std::move(rest)};
  }

 private:
  upstream::Pop3Connection connection_;
  wire::pop3::Capabilities capabilities_;
  std::string greeting_;
};

class SmtpEntrance final : public Entrance {
 public:
  SmtpEntrance(net::Stream stream, const Limits& limits)
      : connection_(std::move(stream), smtp_deadlines(limits)) {}

  asio::awaitable<Answer<void>> begin(Greeted greeted) {
    if (greeted == Greeted::no) {
      auto hello = co_await upstream::smtp_begin(connection_);
      co_return keep(std::move(hello));
    }
    auto hello = co_await upstream::smtp_hello(connection_);
    co_return keep(std::move(hello));
  }
  Logged log_in(LoginRequest request) override {
    upstream::SmtpLogin login(connection_, hello_.extensions, std::move(request));
    co_return co_await login.log_in();
  }
  Left leave() override {
    std::string rest(connection_.unread());
    return {std::move(connection_.stream()), std::move(rest)};
  }
  [[nodiscard]] const wire::smtp::Reply* hello() const override { return &hello_.reply; }

 private:
  Answer<void> keep(Answer<upstream::SmtpHello> hello) {
    if (!hello) return std::unexpected(hello.error());
    hello_ = std::move(*hello);
    return {};
  }

  upstream::SmtpConnection connection_;
  upstream::SmtpHello hello_;
};

template <class Kind>
asio::awaitable<Answer<std::unique_ptr<Entrance>>> begin(Opened server, Limits limits) {
  auto entrance = std::make_unique<Kind>(std::move(server.stream), limits);
  const Answer<void> begun = co_await entrance->begin(server.greeted);
  if (!begun) co_return std::unexpected(begun.error());
  co_return entrance;
}

}  // namespace

asio::awaitable<Answer<std::unique_ptr<Entrance>>> enter(Route route, Limits limits) {
  const Protocol protocol = route.protocol;
  Opened server = co_await open_upstream(std::move(route), limits);
  switch (protocol) {
    case Protocol::imap: co_return co_await begin<ImapEntrance>(std::move(server), limits);
    case Protocol::pop3: co_return co_await begin<Pop3Entrance>(std::move(server), limits);
    case Protocol::smtp: break;
  }
  co_return co_await begin<SmtpEntrance>(std::move(server), limits);
}

}  // namespace postern::relay
