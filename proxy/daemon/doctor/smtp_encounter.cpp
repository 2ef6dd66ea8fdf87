#include "proxy/daemon/doctor/smtp_encounter.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "proxy/daemon/doctor/methods.h"
#include "proxy/daemon/doctor/refused_here.h"
#include "sync/engine/outgoing/explain.h"
#include "sync/engine/server_access.h"
#include "sync/net/dial.h"
#include "sync/net/error.h"
#include "sync/upstream/smtp_connection.h"
#include "sync/upstream/smtp_hello.h"
#include "sync/upstream/smtp_login.h"
#include "sync/upstream/smtp_refused.h"

namespace postern::daemon::doctor {
namespace {

using config::Tls;
using upstream::Refusal;
using upstream::Refused;
using wire::smtp::Reply;

constexpr std::chrono::seconds patience{15};
constexpr upstream::SmtpDeadlines deadlines{.connect = patience,
                                            .tls = patience,
                                            .greeting = std::chrono::seconds(30),
                                            .answer = std::chrono::seconds(30)};

/// The conversation from top to bottom.
class Conversation {
 public:
  Conversation(const config::Outgoing& server, Encounter& encounter, net::Stream stream)
      : server_(server), encounter_(encounter), connection_(std::move(stream), deadlines) {}

  asio::awaitable<void> hello(const net::TlsClient* trust, wire::sasl::SecretKind secret);
  asio::awaitable<void> log_in(upstream::Credential credential);
  asio::awaitable<void> leave();

 private:
  asio::awaitable<Reply> command(const char* line);
  asio::awaitable<void> start_tls(const net::TlsClient& trust);
  asio::awaitable<void> ask_extensions(const char* when);
  void take_extensions(const char* when, const upstream::SmtpHello& hello);
  void heard(const Reply& reply);
  void tell_methods(wire::sasl::SecretKind secret);

  const config::Outgoing& server_;
  Encounter& encounter_;
  upstream::SmtpConnection connection_;
  wire::smtp::Extensions extensions_;
};

void Conversation::heard(const Reply& reply) {
  const std::string whole = wire::smtp::format_reply(reply);
  std::string_view rest = whole;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find("\r\n"), rest.size());
    encounter_.transcript.push_back("S: " + std::string(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
}

asio::awaitable<Reply> Conversation::command(const char* line) {
  encounter_.transcript.push_back(fmt::format("C: {}", line));
  co_await connection_.send(fmt::format("{}\r\n", line), 1);
  auto answer = co_await connection_.reply(line);
  const Reply reply = value_of(std::move(answer));
  heard(reply);
  co_return reply;
}

asio::awaitable<void> Conversation::ask_extensions(const char* when) {
  encounter_.transcript.emplace_back("C: EHLO");
  auto answer = co_await upstream::smtp_hello(connection_);
  take_extensions(when, value_of(std::move(answer)));
}

void Conversation::take_extensions(const char* when, const upstream::SmtpHello& hello) {
  heard(hello.reply);
  extensions_ = hello.extensions;
  std::vector<std::string> lines(hello.reply.lines.begin() + 1, hello.reply.lines.end());
  encounter_.capabilities.emplace_back(when, std::move(lines));
}

asio::awaitable<void> Conversation::start_tls(const net::TlsClient& trust) {
  encounter_.doing = "tls";
  if (!extensions_.starttls)
    throw RefusedHere{Refused{Refusal::no_tls, "STARTTLS", "STARTTLS is not offered"}};
  const Reply reply = co_await command("STARTTLS");
  if (!reply.positive()) throw RefusedHere{Refused{Refusal::no_tls, "STARTTLS", reply.line()}};
  if (connection_.holds_octets()) {
    throw RefusedHere{
        Refused{Refusal::protocol, "STARTTLS", "plaintext behind the answer to STARTTLS"}};
  }
  co_await connection_.stream().start_tls(trust, deadlines.tls);
}

asio::awaitable<void> Conversation::hello(const net::TlsClient* trust,
                                          wire::sasl::SecretKind secret) {
  encounter_.doing = "tls";
  if (server_.tls == Tls::implicit) co_await connection_.stream().start_tls(*trust, deadlines.tls);
  encounter_.doing = "greeting";
  auto answer = co_await connection_.greeting();
  const Reply greeting = value_of(std::move(answer));
  heard(greeting);
  encounter_.greeting = greeting.text();
  if (!greeting.positive()) throw RefusedHere{upstream::refused("the greeting", greeting)};
  const bool starttls = server_.tls == Tls::starttls;
  co_await ask_extensions(starttls ? "before TLS" : "before login");
  if (starttls) {
    co_await start_tls(*trust);
    co_await ask_extensions("before login");
  }
  encounter_.tls = connection_.stream().tls_facts();
  tell_methods(secret);
}

void Conversation::tell_methods(wire::sasl::SecretKind secret) {
  using upstream::LoginOffer;
  using wire::sasl::Binding;
  const bool bound = !connection_.stream().tls_bindings().empty();
  const upstream::LoginMemory nothing;
  encounter_.methods = methods_text({.mechanisms = extensions_.mechanisms,
                                     .user_command = LoginOffer::UserCommand::missing,
                                     .timestamp = LoginOffer::Timestamp::none,
                                     .binding = bound ? Binding::possible : Binding::none,
                                     .secret = secret,
                                     .wanted = server_.login,
                                     .memory = nothing});
}

asio::awaitable<void> Conversation::log_in(upstream::Credential credential) {
  encounter_.doing = "login";
  upstream::LoginMemory nothing;
  encounter_.login = Encounter::Login::tried;
  upstream::LoginRequest request{.server = {server_.server.host, server_.server.port},
                                 .user = server_.username,
                                 .credential = std::move(credential),
                                 .wanted = server_.login,
                                 .memory = nothing,
                                 .plaintext = upstream::plaintext_of(server_)};
  upstream::SmtpLogin conversation(connection_, extensions_, std::move(request));
  auto answer = co_await conversation.log_in();
  const std::string method = answer ? " with " + name_of(*answer) : "";
  encounter_.transcript.push_back(fmt::format("C: (the login{})", method));
  encounter_.transcript.push_back("S: " + (answer ? "235" : answer.error().words));
  value_of(std::move(answer));
  encounter_.transcript.emplace_back("C: EHLO");
  auto again = co_await upstream::smtp_hello(connection_);
  if (again) co_return take_extensions("after login", *again);
  // A server need not answer it twice.
  encounter_.transcript.push_back("S: " + again.error().words);
}

/// Everything was seen: how the server takes leave is of no interest.
asio::awaitable<void> Conversation::leave() {
  encounter_.doing = "quit";
  try {
    (void)co_await command("QUIT");
    co_await connection_.stream().shutdown();
  } catch (const net::Error& error) {
    if (error.kind() == net::ErrorKind::cancelled) throw;
    encounter_.transcript.emplace_back("(the connection ended)");
  }
}

asio::awaitable<void> converse(const config::Outgoing& server, const net::TlsClient* trust,
                               upstream::Credential credential, Depth depth, Encounter& encounter) {
  const net::Endpoint there{server.server.host, server.server.port};
  net::Stream stream = co_await net::dial(there, deadlines.connect);
  Conversation conversation(server, encounter, std::move(stream));
  co_await conversation.hello(trust, credential.kind);
  if (depth == Depth::login) co_await conversation.log_in(std::move(credential));
  co_await conversation.leave();
}

}  // namespace

asio::awaitable<Encounter> meet(config::Outgoing server, upstream::Credential credential,
                                Depth depth) {
  Encounter encounter;
  const wire::sasl::SecretKind kind = credential.kind;
  net::TlsTrust trust{server.server.host, server.ca, server.pin};
  std::optional<config::SecretSource> no_password;
  auto access =
      co_await engine::server_access(std::move(no_password), server.tls, std::move(trust));
  if (!access) {
    encounter.trouble = access.error();
    co_return encounter;
  }
  const net::TlsClient* client = access->trust ? &*access->trust : nullptr;
  try {
    co_await converse(server, client, std::move(credential), depth, encounter);
  } catch (const RefusedHere& refusal) {
    encounter.trouble = engine::outgoing::explain(server, refusal.why, kind);
    encounter.refusal = refusal.why;
  } catch (const net::Error& error) {
    encounter.trouble = engine::explain(server.server, error);
  }
  co_return encounter;
}

}  // namespace postern::daemon::doctor
