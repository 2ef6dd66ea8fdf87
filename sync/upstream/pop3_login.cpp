#include "sync/upstream/pop3_login.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "sync/net/error.h"
#include "sync/upstream/pop3_sasl.h"
#include "sync/wire/base64.h"
#include "sync/wire/pop3/greeting.h"
#include "sync/wire/pop3/words.h"
#include "sync/wire/sasl/password.h"
#include "sync/wire/sasl/saslprep.h"

namespace postern::upstream {

namespace {

using config::Login;
using wire::pop3::Capabilities;
using wire::sasl::Mechanism;
using Proof = LoginAttempt::Proof;

/// A server that refuses one method after the other is not asked for ever.
constexpr std::size_t most_attempts = 5;

std::string fresh_nonce() {
  std::array<std::uint8_t, 24> octets{};
  RAND_bytes(octets.data(), octets.size());
  return wire::base64_encode({reinterpret_cast<const char*>(octets.data()), octets.size()});
}

asio::awaitable<void> user_pass(Pop3Connection& connection, const LoginRequest& request,
                                LoginAttempt& attempt) {
  std::string user = request.user;
  Secret password = request.credential.secret;
  if (request.capabilities.has(Capabilities::Name::utf8_user)) {
    user = wire::sasl::saslprep(user);
    password = Secret(wire::sasl::saslprep(password.reveal()));
  }
  co_await connection.send("USER " + user + "\r\n", 1);
  const auto name = co_await connection.accepted("USER");
  // Whatever is said about a name is about the credentials.
  attempt.proof = Proof::given;
  if (!name) {
    attempt.answer = std::unexpected(name.error());
    co_return;
  }
  co_await connection.send_secret("PASS ", std::move(password));
  const auto answer = co_await connection.accepted("PASS");
  if (!answer) attempt.answer = std::unexpected(answer.error());
}

asio::awaitable<void> apop(Pop3Connection& connection, const LoginRequest& request,
                           LoginAttempt& attempt) {
  const std::string_view timestamp = *wire::pop3::apop_timestamp(request.greeting);
  std::string line = "APOP " + request.user + " " +
                     wire::sasl::apop_digest(timestamp, request.credential.secret) + "\r\n";
  attempt.proof = Proof::given;
  co_await connection.send(std::move(line), 1);
  const auto answer = co_await connection.accepted("APOP");
  if (answer) co_return;
  // Some servers greet with a timestamp and do not have the command: nobody looked at the digest.
  if (answer.error().kind == Refusal::other &&
      wire::pop3::means_unknown_command(answer.error().words))
    attempt.proof = Proof::none;
  attempt.answer = std::unexpected(answer.error());
}

/// RFC 5802 section 6: where -PLUS is offered, a plain SCRAM must not say that it was not.
bool binds(Mechanism mechanism, const Capabilities& capabilities) {
  if (name(mechanism).ends_with("-PLUS")) return true;
  return std::ranges::none_of(capabilities.mechanisms(), [](const std::string& offered) {
    return offered.ends_with("-PLUS");
  });
}

SaslExchange exchange_for(Mechanism mechanism, const Pop3Connection& connection,
                          const LoginRequest& request) {
  SaslExchange exchange;
  exchange.mechanism = mechanism;
  exchange.credentials = {request.user, request.credential.secret};
  exchange.context.host = request.server.host;
  exchange.context.port = request.server.port;
  exchange.context.nonce = fresh_nonce();
  if (binds(mechanism, request.capabilities)) {
    if (const auto binding = connection.stream().tls_binding())
      exchange.context.binding = wire::sasl::ChannelBinding{binding->type, binding->data};
  }
  // A server that says when it means the credentials needs no bare command to show it, if it is
  // known to have the mechanism.
  if (request.capabilities.has_mechanism(std::string(name(mechanism))) &&
      request.credential.kind == wire::sasl::SecretKind::password &&
      request.capabilities.has(Capabilities::Name::auth_resp_code))
    exchange.initial = SaslExchange::Initial::with_the_command;
  return exchange;
}

asio::awaitable<void> try_method(Pop3Connection& connection, const LoginRequest& request,
                                 Login method, LoginAttempt& attempt) {
  if (method == Login::user) co_return co_await user_pass(connection, request, attempt);
  if (method == Login::apop) co_return co_await apop(connection, request, attempt);
  SaslExchange exchange = exchange_for(*mechanism_of(method), connection, request);
  co_await pop3_sasl(connection, std::move(exchange), attempt);
}

bool over(const net::Error& error) {
  return error.kind() == net::ErrorKind::closed || error.kind() == net::ErrorKind::truncated ||
         error.kind() == net::ErrorKind::io;
}

/// Some servers hang up on a refused login. nullopt: before the credentials were given.
asio::awaitable<std::optional<LoginAttempt>> try_another(Pop3Connection& connection,
                                                         const LoginRequest& request,
                                                         Login method) {
  LoginAttempt attempt;
  try {
    co_await try_method(connection, request, method, attempt);
    co_return attempt;
  } catch (const net::Error& error) {
    if (!over(error)) throw;
  }
  if (attempt.proof == Proof::none) co_return std::nullopt;
  attempt.answer = std::unexpected(
      Refused{Refusal::hung_up, "the login", "it ended the connection instead of an answer"});
  co_return attempt;
}

/// Octets that would end a line or a field of an exchange early.
bool breaks_out(std::string_view text, wire::sasl::SecretKind kind) {
  const bool token = kind == wire::sasl::SecretKind::token;
  const std::string_view forbidden("\r\n\0\x01", token ? 4 : 3);
  return text.find_first_of(forbidden) != std::string_view::npos;
}

std::vector<Login> methods_for(const Pop3Connection& connection, const LoginRequest& request) {
  using Timestamp = LoginOffer::Timestamp;
  const bool timestamp = wire::pop3::apop_timestamp(request.greeting).has_value();
  const bool binding = connection.stream().tls_binding().has_value();
  std::vector<Login> methods =
      login_methods({.capabilities = request.capabilities,
                     .timestamp = timestamp ? Timestamp::given : Timestamp::none,
                     .binding = binding ? wire::sasl::Binding::possible : wire::sasl::Binding::none,
                     .secret = request.credential.kind,
                     .wanted = request.wanted,
                     .memory = request.memory});
  if (methods.size() > most_attempts) methods.resize(most_attempts);
  return methods;
}

asio::awaitable<Answer<Login>> try_methods(Pop3Connection& connection, LoginRequest request) {
  const wire::sasl::SecretKind kind = request.credential.kind;
  if (breaks_out(request.user, kind) || breaks_out(request.credential.secret.reveal(), kind)) {
    co_return std::unexpected(Refused{Refusal::auth, "login",
                                      "the user name or secret holds a line break or a NUL", true});
  }
  const std::vector<Login> methods = methods_for(connection, request);
  Refused last{Refusal::login_method, "login", "it offers nothing that fits"};
  for (const Login method : methods) {
    const auto attempt = co_await try_another(connection, request, method);
    if (!attempt) {
      if (method == methods.front())
        throw net::Error(net::ErrorKind::closed, "the server ended the connection at the login");
      co_return std::unexpected(std::move(last));
    }
    if (attempt->answer) co_return method;
    const Refused& why = attempt->answer.error();
    last = final_refusal(why, attempt->proof);
    if (after_refusal(method, why, attempt->proof, request.capabilities) == AfterRefusal::give_up)
      co_return std::unexpected(std::move(last));
    request.memory.refused.push_back(method);
    if (attempt->proof == Proof::given) co_return std::unexpected(std::move(last));
  }
  request.memory.refused.clear();
  co_return std::unexpected(std::move(last));
}

}  // namespace

asio::awaitable<Answer<Login>> pop3_login(Pop3Connection& connection, LoginRequest request) {
  connection.conceal(request.credential.secret);
  return try_methods(connection, std::move(request));
}

}  // namespace postern::upstream
