#include "proxy/relay/sign_in.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "proxy/relay/server_lines.h"
#include "sync/upstream/pop3_refused.h"
#include "sync/upstream/sasl_exchange.h"
#include "sync/upstream/secret_echo.h"
#include "sync/wire/imap/characters.h"
#include "sync/wire/imap/response.h"
#include "sync/wire/imap/server_line.h"
#include "sync/wire/pop3/capabilities.h"
#include "sync/wire/pop3/reply.h"

namespace postern::relay {
namespace {

using upstream::Answer;
using upstream::LoginAttempt;
using upstream::LoginOffer;
using upstream::Reasons;
using upstream::Refusal;
using upstream::Refused;
using wire::imap::ServerLine;
using Reply = upstream::SaslChannel::Reply;

/// One protocol's commands and answers.
class Talk : public upstream::SaslChannel {
 public:
  explicit Talk(ServerLines& server) : server_(server) {}

  /// Reads the greeting, if it is still to come, and what the server can.
  virtual asio::awaitable<Answer<void>> begin(Greeted greeted) = 0;
  /// The protocol's own command with name and password.
  virtual asio::awaitable<Answer<Reply>> user_command(std::string user, Secret password) = 0;

  std::vector<std::string> mechanisms;
  LoginOffer::UserCommand user_offer = LoginOffer::UserCommand::unsaid;
  /// A first response may go with the command.
  bool initial_response = true;
  const char* verb = "AUTH";

 protected:
  ServerLines& server_;
};

// --- IMAP

/// RFC 5530.
Refused refused_by_imap(std::string_view line) {
  Refused out{Refusal::other, "login", std::string(line)};
  const auto has = [line](std::string_view code) { return line.find(code) != line.npos; };
  if (has("[AUTHENTICATIONFAILED]") || has("[AUTHORIZATIONFAILED]") || has("[EXPIRED]")) {
    out.kind = Refusal::auth;
    out.certain = true;
  } else if (has("[UNAVAILABLE]") || has("[INUSE]") || has("[LIMIT]")) {
    out.kind = Refusal::sys_temp;
    out.certain = true;
  }
  return out;
}

class ImapTalk final : public Talk {
 public:
  explicit ImapTalk(ServerLines& server) : Talk(server) { verb = "AUTHENTICATE"; }

  asio::awaitable<Answer<void>> begin(Greeted greeted) override {
    if (greeted == Greeted::no) {
      const std::string line = co_await server_.line();
      const ServerLine greeting = wire::imap::parse_server_line(line);
      if (greeting.kind != ServerLine::Kind::untagged || !greeting.is("OK"))
        co_return std::unexpected(Refused{Refusal::sys_temp, "the greeting", line});
    }
    const auto answer = co_await ask("CAPABILITY");
    learning_ = false;
    if (!answer) co_return std::unexpected(answer.error());
    co_return Answer<void>();
  }
  /// RFC 9051 section 6.2.3.
  asio::awaitable<Answer<Reply>> user_command(std::string user, Secret password) override {
    std::string command = "LOGIN ";
    wire::imap::append_string(command, user);
    std::string quoted;
    wire::imap::append_string(quoted, password.reveal());
    const bool literal = command.ends_with('\n') || quoted.starts_with('{');
    Secret last(std::move(quoted));
    if (literal) {
      co_return std::unexpected(
          Refused{Refusal::login_method, "LOGIN", "it takes no such name or password"});
    }
    co_return co_await respond(command + " ", std::move(last));
  }
  /// RFC 4959 sets no limit; this is far within RFC 9051 section 4.
  [[nodiscard]] std::size_t longest_command() const override { return initial_response ? 8000 : 0; }
  asio::awaitable<Answer<Reply>> command(std::string line) override {
    if (line == "*") {
      co_await server_.send("*\r\n");
      co_return co_await reply();
    }
    co_return co_await ask(std::move(line));
  }
  asio::awaitable<Answer<Reply>> respond(std::string prefix, Secret base64) override {
    if (!prefix.empty()) prefix = next_tag() + " " + prefix;
    co_await server_.send_secret(std::move(prefix), std::move(base64));
    co_return co_await reply();
  }

 private:
  std::string next_tag() {
    tag_ = "s" + std::to_string(++number_);
    return tag_;
  }
  asio::awaitable<Answer<Reply>> ask(std::string line) {
    co_await server_.send(next_tag() + " " + line + "\r\n");
    co_return co_await reply();
  }
  asio::awaitable<Answer<Reply>> reply() {
    while (true) {
      const std::string line = co_await server_.line();
      const ServerLine parsed = wire::imap::parse_server_line(line);
      learn(line);
      if (parsed.kind == ServerLine::Kind::go_ahead) {
        co_return Reply{
            Reply::Kind::challenge, line.substr(std::min<std::size_t>(2, line.size())), {}};
      }
      if (parsed.kind == ServerLine::Kind::tagged && parsed.tag == tag_) {
        if (parsed.is("OK")) co_return Reply{};
        co_return Reply{Reply::Kind::refused, {}, refused_by_imap(line)};
      }
      if (parsed.kind != ServerLine::Kind::untagged)
        co_return std::unexpected(Refused{Refusal::protocol, "login", line});
    }
  }
  void learn(std::string_view line) {
    const auto names = wire::imap::capabilities_in(line);
    if (!learning_ || names.empty()) return;
    mechanisms.clear();
    initial_response = false;
    user_offer = LoginOffer::UserCommand::offered;
    for (std::string name : names) {
      std::ranges::transform(name, name.begin(), wire::imap::to_upper);
      if (name.starts_with("AUTH=")) mechanisms.push_back(name.substr(5));
      if (name == "SASL-IR") initial_response = true;
      if (name == "LOGINDISABLED") user_offer = LoginOffer::UserCommand::missing;
    }
  }

  std::string tag_;
  int number_ = 0;
  bool learning_ = true;  ///< until the login, which goes by what was offered before it
};

// --- POP3

class Pop3Talk final : public Talk {
 public:
  using Talk::Talk;

  asio::awaitable<Answer<void>> begin(Greeted greeted) override {
    if (greeted == Greeted::no) {
      const auto greeting = co_await reply();
      if (!greeting) co_return std::unexpected(greeting.error());
      if (greeting->kind != Reply::Kind::accepted) co_return std::unexpected(greeting->why);
    }
    const auto answer = co_await command("CAPA");
    if (!answer) co_return std::unexpected(answer.error());
    if (answer->kind != Reply::Kind::accepted) co_return Answer<void>();
    wire::pop3::Capabilities capabilities;
    for (std::string line = co_await server_.line(); line != "."; line = co_await server_.line())
      capabilities.add(line);
    mechanisms = capabilities.mechanisms();
    user_offer = capabilities.has(wire::pop3::Capabilities::Name::user)
                     ? LoginOffer::UserCommand::offered
                     : LoginOffer::UserCommand::missing;
    co_return Answer<void>();
  }
  /// RFC 1939 section 7.
  asio::awaitable<Answer<Reply>> user_command(std::string user, Secret password) override {
    const auto name = co_await command("USER " + user);
    if (!name || name->kind != Reply::Kind::accepted) co_return name;
    co_return co_await respond("PASS ", std::move(password));
  }
  /// RFC 2449 section 4, RFC 5034 section 4.
  [[nodiscard]] std::size_t longest_command() const override { return 255; }
  asio::awaitable<Answer<Reply>> command(std::string line) override {
    co_await server_.send(line + "\r\n");
    co_return co_await reply();
  }
  asio::awaitable<Answer<Reply>> respond(std::string prefix, Secret base64) override {
    co_await server_.send_secret(std::move(prefix), std::move(base64));
    co_return co_await reply();
  }

 private:
  asio::awaitable<Answer<Reply>> reply() {
    const std::string line = co_await server_.line();
    const auto parsed = wire::pop3::parse_reply(line);
    if (!parsed) co_return std::unexpected(Refused{Refusal::protocol, "login", line});
    const std::string text(parsed->text);
    if (parsed->indicator == wire::pop3::Indicator::challenge)
      co_return Reply{Reply::Kind::challenge, text, {}};
    if (parsed->ok()) co_return Reply{};
    co_return Reply{Reply::Kind::refused, {}, upstream::refused("login", parsed->code, text)};
  }
};

// ---

class Conversation final : public upstream::LoginConversation {
 public:
  Conversation(Talk& talk, const net::Stream& stream, upstream::LoginRequest request)
      : LoginConversation(std::move(request), talk.mechanisms, Reasons::given),
        talk_(talk),
        stream_(stream) {}

 private:
  asio::awaitable<void> attempt(config::Login method, LoginAttempt& attempt) override {
    if (const auto mechanism = upstream::mechanism_of(method)) {
      upstream::SaslExchange exchange = exchange_for(*mechanism);
      exchange.verb = talk_.verb;
      if (!talk_.initial_response)
        exchange.initial = upstream::SaslExchange::Initial::on_its_own_line;
      co_return co_await upstream::sasl_exchange(talk_, std::move(exchange), attempt);
    }
    attempt.proof = LoginAttempt::Proof::given;
    const auto reply = co_await talk_.user_command(request().user, request().credential.secret);
    if (!reply) {
      attempt.answer = std::unexpected(reply.error());
    } else if (reply->kind != Reply::Kind::accepted) {
      attempt.answer = std::unexpected(reply->why);
    }
  }
  [[nodiscard]] const net::Stream& stream() const override { return stream_; }
  [[nodiscard]] LoginOffer::UserCommand user_command() const override { return talk_.user_offer; }

  Talk& talk_;
  const net::Stream& stream_;
};

Refused tellable(Refused why, const upstream::SecretEcho& echo) {
  why.words = echo.tellable(std::move(why.words));
  return why;
}

std::unique_ptr<Talk> make_talk(Protocol protocol, ServerLines& server) {
  if (protocol == Protocol::imap) return std::make_unique<ImapTalk>(server);
  return std::make_unique<Pop3Talk>(server);
}

}  // namespace

asio::awaitable<Answer<std::string>> sign_in(Opened& server, Protocol protocol,
                                             upstream::LoginRequest request, Limits limits) {
  if (upstream::channel_of(server.stream) == upstream::Channel::open)
    co_return std::unexpected(Refused{Refusal::no_tls, "login", "the connection has no TLS"});
  upstream::SecretEcho echo;
  echo.sent(request.credential.secret);
  ServerLines lines(server.stream, limits);
  const auto talk = make_talk(protocol, lines);
  const auto begun = co_await talk->begin(server.greeted);
  if (!begun) co_return std::unexpected(tellable(begun.error(), echo));
  Conversation conversation(*talk, server.stream, std::move(request));
  const auto method = co_await conversation.log_in();
  if (!method) co_return std::unexpected(tellable(method.error(), echo));
  co_return std::string(lines.rest());
}

}  // namespace postern::relay
