#include "sync/upstream/imap_login.h"

#include <string>
#include <utility>

#include "sync/upstream/sasl_exchange.h"
#include "sync/wire/imap/response.h"

namespace postern::upstream {
namespace {

using Proof = LoginAttempt::Proof;

class ImapSaslChannel final : public SaslChannel {
 public:
  ImapSaslChannel(ImapConnection& connection, const ImapOffer& offer)
      : connection_(connection), offer_(offer) {}

  /// RFC 4959 sets no limit; this is within RFC 9051 section 4.
  [[nodiscard]] std::size_t longest_command() const override {
    return offer_.initial_response == ImapOffer::Has::yes ? 8000 : 0;
  }
  asio::awaitable<Answer<Reply>> command(std::string line) override {
    if (line == "*") {
      co_await connection_.cancel_exchange();
    } else {
      co_await connection_.send(std::move(line));
    }
    co_return co_await reply();
  }
  asio::awaitable<Answer<Reply>> respond(std::string prefix, Secret base64) override {
    if (prefix.empty()) {
      co_await connection_.send_response(std::move(base64));
    } else {
      co_await connection_.send_secret(std::move(prefix), std::move(base64));
    }
    co_return co_await reply();
  }

 private:
  asio::awaitable<Answer<Reply>> reply() {
    auto answer = co_await connection_.reply("AUTHENTICATE");
    if (!answer) co_return std::unexpected(answer.error());
    Reply out;
    if (answer->kind == ImapConnection::Reply::Kind::challenge) {
      out.kind = Reply::Kind::challenge;
      out.challenge = std::move(answer->challenge);
    } else if (answer->kind == ImapConnection::Reply::Kind::refused) {
      out.kind = Reply::Kind::refused;
      out.why = std::move(answer->why);
    }
    co_return out;
  }

  ImapConnection& connection_;
  const ImapOffer& offer_;
};

}  // namespace

/// RFC 5530 section 3 gives each reason a code of its own.
ImapLogin::ImapLogin(ImapConnection& connection, const ImapOffer& offer, LoginRequest request)
    : LoginConversation(std::move(request), offer.mechanisms, Reasons::given),
      connection_(connection),
      offer_(offer) {
  connection_.conceal(this->request().credential.secret);
}

asio::awaitable<void> ImapLogin::attempt(config::Login method, LoginAttempt& attempt) {
  if (method == config::Login::user) co_return co_await login(attempt);
  const auto mechanism = mechanism_of(method);
  if (!mechanism) {
    attempt.answer =
        std::unexpected(Refused{Refusal::login_method, "login", "IMAP has no such way to log in"});
    co_return;
  }
  SaslExchange exchange = exchange_for(*mechanism);
  exchange.verb = "AUTHENTICATE";
  if (offer_.initial_response == ImapOffer::Has::no)
    exchange.initial = SaslExchange::Initial::on_its_own_line;
  ImapSaslChannel channel(connection_, offer_);
  co_await sasl_exchange(channel, std::move(exchange), attempt);
}

asio::awaitable<void> ImapLogin::login(LoginAttempt& attempt) {
  std::string command = "LOGIN ";
  wire::imap::append_string(command, request().user);
  std::string quoted;
  wire::imap::append_string(quoted, request().credential.secret.reveal());
  const bool literal = command.starts_with("LOGIN {") || quoted.starts_with('{');
  Secret last(std::move(quoted));
  if (literal) {
    attempt.answer = std::unexpected(
        Refused{Refusal::login_method, "LOGIN", "it takes no such name or password"});
    co_return;
  }
  attempt.proof = Proof::given;
  co_await connection_.send_secret(command + " ", std::move(last));
  const auto answer = co_await connection_.reply("LOGIN");
  if (!answer) {
    attempt.answer = std::unexpected(answer.error());
  } else if (answer->kind == ImapConnection::Reply::Kind::challenge) {
    attempt.answer =
        std::unexpected(Refused{Refusal::protocol, "LOGIN", "the server asks for nothing it may"});
  } else if (answer->kind == ImapConnection::Reply::Kind::refused) {
    attempt.answer = std::unexpected(answer->why);
  }
}

}  // namespace postern::upstream
