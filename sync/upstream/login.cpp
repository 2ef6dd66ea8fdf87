#include "sync/upstream/login.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "sync/net/error.h"
#include "sync/wire/base64.h"

namespace postern::upstream {

namespace {

using config::Login;
using wire::sasl::Mechanism;
using Proof = LoginAttempt::Proof;

/// A server that refuses one method after the other is not asked for ever.
constexpr std::size_t most_attempts = 5;

std::string fresh_nonce() {
  std::array<std::uint8_t, 24> octets{};
  RAND_bytes(octets.data(), octets.size());
  return wire::base64_encode({reinterpret_cast<const char*>(octets.data()), octets.size()});
}

bool over(const net::Error& error) {
  return error.kind() == net::ErrorKind::closed || error.kind() == net::ErrorKind::truncated ||
         error.kind() == net::ErrorKind::io;
}

/// Octets that would end a line or a field of an exchange early.
bool breaks_out(std::string_view text, wire::sasl::SecretKind kind) {
  const bool token = kind == wire::sasl::SecretKind::token;
  const std::string_view forbidden("\r\n\0\x01", token ? 4 : 3);
  return text.find_first_of(forbidden) != std::string_view::npos;
}

}  // namespace

Channel channel_of(const net::Stream& stream) {
  if (stream.secure()) return Channel::tls;
  return stream.loopback() ? Channel::this_machine : Channel::open;
}

bool may_log_in(Channel channel, Plaintext plaintext) {
  return channel != Channel::open || plaintext == Plaintext::wanted;
}

/// RFC 5802 section 6: where -PLUS is offered, a plain SCRAM must not say that it was not.
bool LoginConversation::binds(Mechanism mechanism) const {
  if (name(mechanism).ends_with("-PLUS")) return true;
  return std::ranges::none_of(
      mechanisms_, [](const std::string& offered) { return offered.ends_with("-PLUS"); });
}

bool LoginConversation::offered(std::string_view mechanism) const {
  return std::ranges::find(mechanisms_, mechanism) != mechanisms_.end();
}

SaslExchange LoginConversation::exchange_for(Mechanism mechanism) const {
  SaslExchange exchange;
  exchange.mechanism = mechanism;
  exchange.credentials = {request_.user, request_.credential.secret};
  exchange.context.host = request_.server.host;
  exchange.context.port = request_.server.port;
  exchange.context.nonce = fresh_nonce();
  if (binds(mechanism)) {
    if (auto bindings = stream().tls_bindings(); !bindings.empty()) {
      net::TlsBinding& best = bindings.front();
      exchange.context.binding =
          wire::sasl::ChannelBinding{std::move(best.type), std::move(best.data)};
    }
  }
  // A server that says when it means the credentials needs no bare command to show it, if it is
  // known to have the mechanism.
  if (offered(name(mechanism)) && request_.credential.kind == wire::sasl::SecretKind::password &&
      reasons_ == Reasons::given)
    exchange.initial = SaslExchange::Initial::with_the_command;
  return exchange;
}

/// Some servers hang up on a refused login. nullopt: before the credentials were given.
asio::awaitable<std::optional<LoginAttempt>> LoginConversation::guarded(Login method) {
  LoginAttempt outcome;
  try {
    co_await attempt(method, outcome);
    co_return outcome;
  } catch (const net::Error& error) {
    if (!over(error)) throw;
  }
  if (outcome.proof == Proof::none) co_return std::nullopt;
  outcome.answer = std::unexpected(
      Refused{Refusal::hung_up, "the login", "it ended the connection instead of an answer"});
  co_return outcome;
}

std::vector<Login> LoginConversation::methods() const {
  const bool binding = !stream().tls_bindings().empty();
  std::vector<Login> methods =
      login_methods({.mechanisms = mechanisms_,
                     .user_command = user_command(),
                     .timestamp = timestamp(),
                     .binding = binding ? wire::sasl::Binding::possible : wire::sasl::Binding::none,
                     .secret = request_.credential.kind,
                     .wanted = request_.wanted,
                     .memory = request_.memory});
  if (methods.size() > most_attempts) methods.resize(most_attempts);
  return methods;
}

asio::awaitable<Answer<Login>> LoginConversation::log_in() {
  if (!may_log_in(channel_of(stream()), request_.plaintext))
    co_return std::unexpected(Refused{Refusal::no_tls, "login", "the connection has no TLS"});
  const wire::sasl::SecretKind kind = request_.credential.kind;
  if (breaks_out(request_.user, kind) || breaks_out(request_.credential.secret.reveal(), kind)) {
    co_return std::unexpected(Refused{Refusal::auth, "login",
                                      "the user name or secret holds a line break or a NUL", true});
  }
  const std::vector<Login> ways = methods();
  Refused last{Refusal::login_method, "login", "it offers nothing that fits"};
  for (const Login method : ways) {
    const auto attempt = co_await guarded(method);
    if (!attempt) {
      if (method == ways.front())
        throw net::Error(net::ErrorKind::closed, "the server ended the connection at the login");
      co_return std::unexpected(std::move(last));
    }
    if (attempt->answer) co_return method;
    const Refused& why = attempt->answer.error();
    last = final_refusal(why, attempt->proof);
    if (after_refusal(method, why, attempt->proof, reasons_) == AfterRefusal::give_up)
      co_return std::unexpected(std::move(last));
    // Once all are refused they are tried again, and no way is refused twice.
    auto& known = request_.memory.refused;
    if (std::ranges::find(known, method) == known.end()) known.push_back(method);
    if (attempt->proof == Proof::given) co_return std::unexpected(std::move(last));
  }
  request_.memory.refused.clear();
  co_return std::unexpected(std::move(last));
}

}  // namespace postern::upstream
