#include "sync/upstream/pop3_session.h"

#include <utility>

#include "sync/upstream/pop3_capa.h"
#include "sync/upstream/pop3_login.h"

namespace postern::upstream {

using wire::pop3::Capabilities;

Pop3Session::Pop3Session(net::Stream stream, Pop3Settings settings)
    : settings_(std::move(settings)), connection_(std::move(stream), settings_.deadlines) {}

asio::awaitable<Answer<Pop3Session>> Pop3Session::open(Pop3Settings settings) {
  const Pop3Deadlines deadlines = settings.deadlines;
  net::Stream stream = co_await net::dial(settings.server, deadlines.connect);
  if (settings.tls == config::Tls::implicit)
    co_await stream.start_tls(*settings.trust, deadlines.tls);
  Pop3Session session(std::move(stream), std::move(settings));
  const Answer<void> greeted = co_await session.greet();
  if (!greeted) co_return std::unexpected(greeted.error());
  co_return session;
}

asio::awaitable<Answer<void>> Pop3Session::greet() {
  const auto greeting = co_await connection_.greeting();
  if (!greeting) co_return std::unexpected(greeting.error());
  greeting_ = greeting->text;
  const Answer<void> asked = co_await ask_capabilities();
  if (!asked) co_return asked;
  if (settings_.tls != config::Tls::starttls) co_return Answer<void>();
  const Answer<void> secured = co_await start_tls();
  if (!secured) co_return secured;
  co_return co_await ask_capabilities();
}

asio::awaitable<Answer<void>> Pop3Session::start_tls() {
  if (!capabilities_.has(Capabilities::Name::stls)) {
    co_return std::unexpected(Refused{Refusal::no_tls, "STLS", "the server does not offer STLS"});
  }
  co_await connection_.send("STLS\r\n", 1);
  const auto answer = co_await connection_.reply("STLS");
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->indicator != wire::pop3::Indicator::ok)
    co_return std::unexpected(Refused{Refusal::no_tls, "STLS", answer->text});
  if (connection_.holds_octets()) {
    co_return std::unexpected(
        Refused{Refusal::protocol, "STLS", "plaintext behind the answer to STLS"});
  }
  capabilities_ = {};
  co_await connection_.stream().start_tls(*settings_.trust, settings_.deadlines.tls);
  co_return Answer<void>();
}

asio::awaitable<Answer<void>> Pop3Session::ask_capabilities() {
  co_await connection_.send("CAPA\r\n", 1);
  co_return co_await read_capabilities();
}

asio::awaitable<Answer<void>> Pop3Session::read_capabilities() {
  capabilities_ = {};
  auto answer = co_await upstream::read_capabilities(connection_);
  if (!answer) co_return std::unexpected(answer.error());
  capabilities_ = std::move(*answer);
  co_return Answer<void>();
}

asio::awaitable<Answer<void>> Pop3Session::login(std::string user, Credential credential) {
  co_await introduce();
  LoginMemory forgotten;
  LoginRequest request{.server = settings_.server,
                       .user = std::move(user),
                       .credential = std::move(credential),
                       .wanted = settings_.login,
                       .memory = settings_.memory == nullptr ? forgotten : settings_.memory->login,
                       .plaintext = settings_.plaintext};
  Pop3Login conversation(connection_, capabilities_, greeting_, std::move(request));
  const Answer<config::Login> method = co_await conversation.log_in();
  if (!method) co_return std::unexpected(method.error());
  if (!pipelining()) co_return co_await ask_capabilities();
  ask_with_listing_ = true;
  co_return Answer<void>();
}

/// RFC 6856 sections 2.1 and 3: what a server offers to be told before the login. In UTF-8 mode
/// messages come as they are, not downgraded. Its words are shown beside ours, which are English.
/// A refusal changes nothing.
asio::awaitable<void> Pop3Session::introduce() {
  if (capabilities_.has(Capabilities::Name::lang)) {
    co_await connection_.send("LANG en\r\n", 1);
    (void)co_await connection_.reply("LANG");
  }
  if (capabilities_.has(Capabilities::Name::utf8)) {
    co_await connection_.send("UTF8\r\n", 1);
    (void)co_await connection_.reply("UTF8");
  }
}

bool Pop3Session::pipelining() const {
  return capabilities_.has(Capabilities::Name::pipelining);
}

asio::awaitable<Answer<void>> Pop3Session::noop() {
  co_await connection_.send("NOOP\r\n", 1);
  const auto answer = co_await connection_.accepted("NOOP");
  if (!answer) co_return std::unexpected(answer.error());
  co_return Answer<void>();
}

asio::awaitable<Answer<void>> Pop3Session::confirm_step() {
  const Answer<void> answer = co_await noop();
  if (!answer && answer.error().kind == Refusal::protocol) co_return answer;
  if (connection_.holds_octets()) {
    co_return std::unexpected(Refused{Refusal::protocol, "NOOP", "more than an answer"});
  }
  co_return Answer<void>();
}

asio::awaitable<Answer<void>> Pop3Session::quit() {
  co_await connection_.send("QUIT\r\n", 1);
  const auto answer = co_await connection_.accepted("QUIT");
  if (!answer) co_return std::unexpected(answer.error());
  co_await connection_.stream().shutdown();
  co_return Answer<void>();
}

}  // namespace postern::upstream
