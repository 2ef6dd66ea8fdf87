#include "sync/upstream/sasl_exchange.h"

#include <memory>
#include <string>
#include <utility>

#include "sync/net/worker.h"
#include "sync/wire/base64.h"

namespace postern::upstream {

namespace {

using wire::sasl::Denial;
using wire::sasl::Mechanism;
using Proof = LoginAttempt::Proof;
using Reply = SaslChannel::Reply;
using Kind = Reply::Kind;

constexpr int most_challenges = 4;

bool is_bearer(Mechanism mechanism) {
  return mechanism == Mechanism::oauthbearer || mechanism == Mechanism::xoauth2;
}

bool is_scram(Mechanism mechanism) {
  switch (mechanism) {
    case Mechanism::scram_sha_256_plus:
    case Mechanism::scram_sha_1_plus:
    case Mechanism::scram_sha_256:
    case Mechanism::scram_sha_1: return true;
    default: return false;
  }
}

}  // namespace

class SaslConversation {
 public:
  SaslConversation(SaslChannel& channel, SaslExchange exchange, LoginAttempt& attempt)
      : channel_(channel),
        mechanism_(exchange.mechanism),
        initial_form_(exchange.initial),
        command_(exchange.verb + " " + std::string(name(exchange.mechanism))),
        client_(make_client(exchange.mechanism, std::move(exchange.credentials),
                            std::move(exchange.context))),
        initial_(client_->initial()),
        attempt_(attempt),
        proof_(attempt.proof) {}

  asio::awaitable<void> run();

 private:
  asio::awaitable<Answer<Reply>> begin();
  asio::awaitable<Answer<Reply>> send_initial(std::string command);
  asio::awaitable<Answer<Reply>> respond(std::string challenge);
  asio::awaitable<wire::sasl::Response> response_to(std::string challenge);
  asio::awaitable<Answer<Reply>> send(std::string command, Secret response);
  [[nodiscard]] Answer<void> judge(const Answer<Reply>& reply);
  [[nodiscard]] std::unexpected<Refused> senseless(std::string words) const {
    return std::unexpected(Refused{Refusal::protocol, command_, std::move(words)});
  }

  SaslChannel& channel_;
  Mechanism mechanism_;
  SaslExchange::Initial initial_form_;
  std::string command_;
  std::unique_ptr<wire::sasl::Client> client_;
  std::optional<Secret> initial_;
  bool maybe_passed_over_ = false;  ///< the first message went with the command
  bool said_anything_ = false;      ///< but the name of the mechanism
  LoginAttempt& attempt_;
  Proof& proof_;
};

asio::awaitable<void> SaslConversation::run() {
  Answer<Reply> reply = co_await begin();
  for (int count = 0; reply && reply->kind == Kind::challenge; ++count) {
    if (count == most_challenges) {
      reply = senseless("challenges without an end");
    } else {
      reply = co_await respond(reply->challenge);
    }
  }
  attempt_.answer = judge(reply);
}

asio::awaitable<Answer<Reply>> SaslConversation::begin() {
  if (initial_ && initial_form_ == SaslExchange::Initial::with_the_command) {
    const std::size_t response = (initial_->reveal().size() + 2) / 3 * 4;
    maybe_passed_over_ = command_.size() + 1 + response + 2 <= channel_.longest_command();
  }
  if (maybe_passed_over_) co_return co_await send_initial(command_ + " ");
  Answer<Reply> reply = co_await channel_.command(command_);
  if (reply && reply->kind == Kind::accepted) co_return senseless("no challenge");
  if (!reply || !initial_) co_return reply;
  if (reply->kind == Kind::challenge) co_return co_await send_initial("");
  if (is_bearer(mechanism_) && !reply->why.certain) co_return co_await send_initial(command_ + " ");
  co_return reply;
}

asio::awaitable<Answer<Reply>> SaslConversation::send_initial(std::string command) {
  if (!is_scram(mechanism_)) proof_ = Proof::given;
  Secret response = *initial_;
  co_return co_await send(std::move(command), std::move(response));
}

asio::awaitable<wire::sasl::Response> SaslConversation::response_to(std::string challenge) {
  if (!client_->slow()) co_return client_->respond(challenge);
  auto work = [client = client_.get(), challenge = std::move(challenge)] {
    return client->respond(challenge);
  };
  co_return co_await net::on_worker(std::move(work));
}

asio::awaitable<Answer<Reply>> SaslConversation::respond(std::string challenge) {
  const std::string decoded = wire::base64_decode(challenge).value_or("");
  // The server has passed over the first message and asks for it.
  if (std::exchange(maybe_passed_over_, false) && decoded.empty())
    co_return co_await send_initial("");
  wire::sasl::Response response = co_await response_to(decoded);
  if (response) {
    proof_ = Proof::given;
    co_return co_await send("", std::move(*response));
  }
  if (mechanism_ != Mechanism::cram_md5 || proof_ == Proof::given)
    co_return senseless(response.error().what);
  // Nothing was given away: the exchange is called off, another mechanism may do.
  co_return co_await channel_.command("*");
}

/// The response in base64, as one line. RFC 5034 section 4, RFC 4954 section 4: an empty one that
/// goes with its command is "=".
asio::awaitable<Answer<Reply>> SaslConversation::send(std::string command, Secret response) {
  said_anything_ = true;
  Secret encoded(wire::base64_encode(response.reveal()));
  if (encoded.empty() && !command.empty()) command += '=';
  co_return co_await channel_.respond(std::move(command), std::move(encoded));
}

Answer<void> SaslConversation::judge(const Answer<Reply>& reply) {
  if (!reply) return std::unexpected(reply.error());
  const bool accepted = reply->kind == Kind::accepted;
  if (accepted && client_->finished()) return {};
  if (accepted && client_->denial() == Denial::none)
    return senseless("success, but it could not prove that it knows the password");
  Refused why = reply->why;
  // Workaround: Dovecot 2.3: answers [AUTH] to a mechanism that it does not have.
  if (!said_anything_ && why.kind == Refusal::auth) {
    why.kind = Refusal::other;
    why.certain = false;
  }
  // The server has said within the exchange what it means.
  if (why.kind == Refusal::other && client_->denial() == Denial::credentials) {
    why.kind = Refusal::auth;
    why.certain = true;
  }
  if (client_->denial() == Denial::method) proof_ = Proof::none;
  return std::unexpected(std::move(why));
}

asio::awaitable<void> sasl_exchange(SaslChannel& channel, SaslExchange exchange,
                                    LoginAttempt& attempt) {
  SaslConversation conversation(channel, std::move(exchange), attempt);
  co_await conversation.run();
}

}  // namespace postern::upstream
