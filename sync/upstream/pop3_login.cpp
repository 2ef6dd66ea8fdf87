#include "sync/upstream/pop3_login.h"

#include <string_view>
#include <utility>

#include "sync/wire/pop3/greeting.h"
#include "sync/wire/pop3/words.h"
#include "sync/wire/sasl/password.h"
#include "sync/wire/sasl/saslprep.h"

namespace postern::upstream {

namespace {

using config::Login;
using wire::pop3::Capabilities;
using Proof = LoginAttempt::Proof;

/// RFC 5034 section 4.
class Pop3SaslChannel final : public SaslChannel {
 public:
  explicit Pop3SaslChannel(Pop3Connection& connection) : connection_(connection) {}

  /// RFC 5034 section 4, RFC 2449 section 4.
  [[nodiscard]] std::size_t longest_command() const override { return 255; }
  asio::awaitable<Answer<Reply>> command(std::string line) override {
    if (line != "*") command_ = line;
    co_await connection_.send(line + "\r\n", 1);
    co_return co_await reply();
  }
  asio::awaitable<Answer<Reply>> respond(std::string prefix, Secret base64) override {
    if (!prefix.empty()) command_ = prefix.substr(0, prefix.rfind(' '));
    co_await connection_.send_secret(std::move(prefix), std::move(base64));
    co_return co_await reply();
  }

 private:
  asio::awaitable<Answer<Reply>> reply() {
    using wire::pop3::Indicator;
    const auto answer = co_await connection_.reply(command_.c_str());
    if (!answer) co_return std::unexpected(answer.error());
    Reply out;
    if (answer->indicator == Indicator::challenge) {
      out.kind = Reply::Kind::challenge;
      out.challenge = answer->text;
    } else if (answer->indicator == Indicator::err) {
      out.kind = Reply::Kind::refused;
      out.why = refused(command_, answer->code, answer->text);
    }
    co_return out;
  }

  Pop3Connection& connection_;
  std::string command_;  ///< "AUTH PLAIN"
};

}  // namespace

Pop3Login::Pop3Login(Pop3Connection& connection, const Capabilities& capabilities,
                     std::string greeting, LoginRequest request)
    : LoginConversation(
          std::move(request), capabilities.mechanisms(),
          capabilities.has(Capabilities::Name::auth_resp_code) ? Reasons::given : Reasons::unsaid),
      connection_(connection),
      capabilities_(capabilities),
      greeting_(std::move(greeting)) {
  connection_.conceal(this->request().credential.secret);
}

LoginOffer::UserCommand Pop3Login::user_command() const {
  using UserCommand = LoginOffer::UserCommand;
  return capabilities_.has(Capabilities::Name::user) ? UserCommand::offered : UserCommand::unsaid;
}

LoginOffer::Timestamp Pop3Login::timestamp() const {
  using Timestamp = LoginOffer::Timestamp;
  return wire::pop3::apop_timestamp(greeting_) ? Timestamp::given : Timestamp::none;
}

asio::awaitable<void> Pop3Login::attempt(Login method, LoginAttempt& attempt) {
  if (method == Login::user) co_return co_await user_pass(attempt);
  if (method == Login::apop) co_return co_await apop(attempt);
  SaslExchange exchange = exchange_for(*mechanism_of(method));
  Pop3SaslChannel channel(connection_);
  co_await sasl_exchange(channel, std::move(exchange), attempt);
}

asio::awaitable<void> Pop3Login::user_pass(LoginAttempt& attempt) {
  std::string user = request().user;
  Secret password = request().credential.secret;
  if (capabilities_.has(Capabilities::Name::utf8_user)) {
    user = wire::sasl::saslprep(user);
    password = Secret(wire::sasl::saslprep(password.reveal()));
  }
  co_await connection_.send("USER " + user + "\r\n", 1);
  const auto name = co_await connection_.accepted("USER");
  // Whatever is said about a name is about the credentials.
  attempt.proof = Proof::given;
  if (!name) {
    attempt.answer = std::unexpected(name.error());
    co_return;
  }
  co_await connection_.send_secret("PASS ", std::move(password));
  const auto answer = co_await connection_.accepted("PASS");
  if (!answer) attempt.answer = std::unexpected(answer.error());
}

asio::awaitable<void> Pop3Login::apop(LoginAttempt& attempt) {
  const std::string_view timestamp = *wire::pop3::apop_timestamp(greeting_);
  std::string line = "APOP " + request().user + " " +
                     wire::sasl::apop_digest(timestamp, request().credential.secret) + "\r\n";
  attempt.proof = Proof::given;
  co_await connection_.send(std::move(line), 1);
  const auto answer = co_await connection_.accepted("APOP");
  if (answer) co_return;
  // Some servers greet with a timestamp and do not have the command: nobody looked at the digest.
  if (answer.error().kind == Refusal::other &&
      wire::pop3::means_unknown_command(answer.error().words))
    attempt.proof = Proof::none;
  attempt.answer = std::unexpected(answer.error());
}

}  // namespace postern::upstream
