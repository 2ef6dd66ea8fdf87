#include "sync/upstream/smtp_login.h"

#include <string>
#include <utility>

#include "sync/upstream/sasl_exchange.h"
#include "sync/upstream/smtp_refused.h"

namespace postern::upstream {

namespace {

class SmtpSaslChannel final : public SaslChannel {
 public:
  explicit SmtpSaslChannel(SmtpConnection& connection) : connection_(connection) {}

  /// RFC 4954 section 4.
  [[nodiscard]] std::size_t longest_command() const override { return 512; }
  asio::awaitable<Answer<Reply>> command(std::string line) override {
    co_await connection_.send(line + "\r\n", 1);
    co_return co_await reply();
  }
  asio::awaitable<Answer<Reply>> respond(std::string prefix, Secret base64) override {
    co_await connection_.send_secret(std::move(prefix), std::move(base64));
    co_return co_await reply();
  }

 private:
  asio::awaitable<Answer<Reply>> reply() {
    const auto answer = co_await connection_.reply("AUTH");
    if (!answer) co_return std::unexpected(answer.error());
    Reply out;
    if (answer->code == 334) {
      out.kind = Reply::Kind::challenge;
      out.challenge = answer->lines.front();
    } else if (!answer->positive()) {
      out.kind = Reply::Kind::refused;
      out.why = refused("AUTH", *answer);
    }
    co_return out;
  }

  SmtpConnection& connection_;
};

}  // namespace

/// RFC 4954 section 6 gives each reason a code of its own.
SmtpLogin::SmtpLogin(SmtpConnection& connection, const wire::smtp::Extensions& extensions,
                     LoginRequest request)
    : LoginConversation(std::move(request), extensions.mechanisms, Reasons::given),
      connection_(connection) {
  connection_.conceal(this->request().credential.secret);
}

asio::awaitable<void> SmtpLogin::attempt(config::Login method, LoginAttempt& attempt) {
  const auto mechanism = mechanism_of(method);
  if (!mechanism) {
    attempt.answer = std::unexpected(
        Refused{Refusal::login_method, "AUTH", "submission has no such way to log in"});
    co_return;
  }
  SaslExchange exchange = exchange_for(*mechanism);
  SmtpSaslChannel channel(connection_);
  co_await sasl_exchange(channel, std::move(exchange), attempt);
}

}  // namespace postern::upstream
