#include "sync/upstream/pop3_session.h"

#include <utility>

#include "sync/upstream/pop3_bearer.h"
#include "sync/upstream/pop3_login.h"

namespace postern::upstream {

namespace {

using wire::pop3::Capabilities;
using wire::pop3::Listing;
using wire::pop3::ListingBuilder;

constexpr std::size_t most_capabilities = 256;

}  // namespace

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
  capabilities_ = {};
  co_await connection_.send("CAPA\r\n", 1);
  const auto answer = co_await connection_.reply("CAPA");
  if (!answer) co_return std::unexpected(answer.error());
  // A server without CAPA is an old one, not a broken one.
  if (answer->indicator != wire::pop3::Indicator::ok) co_return Answer<void>();
  std::size_t count = 0;
  co_return co_await connection_.lines("CAPA", [&](std::string_view line) {
    capabilities_.add(line);
    return ++count <= most_capabilities;
  });
}

asio::awaitable<Answer<void>> Pop3Session::login(std::string user, Credential credential) {
  const net::Stream& stream = connection_.stream();
  if (!stream.secure() && !stream.loopback() && !settings_.insecure) {
    co_return std::unexpected(Refused{Refusal::no_tls, "login", "the connection has no TLS"});
  }
  Answer<void> answer;
  if (credential.kind == wire::sasl::SecretKind::token) {
    wire::sasl::Credentials token{std::move(user), std::move(credential.secret)};
    wire::sasl::Context context;
    context.host = settings_.server.host;
    context.port = settings_.server.port;
    answer = co_await pop3_bearer_login(connection_, capabilities_, std::move(token),
                                        std::move(context));
  } else {
    answer = co_await pop3_login(connection_, capabilities_, std::move(user),
                                 std::move(credential.secret));
  }
  if (!answer) co_return answer;
  co_return co_await ask_capabilities();
}

bool Pop3Session::pipelining() const {
  return capabilities_.has(Capabilities::Name::pipelining);
}

asio::awaitable<Answer<Listing>> Pop3Session::listing() {
  if (pipelining()) co_await connection_.send("STAT\r\nLIST\r\nUIDL\r\n", 3);
  ListingBuilder builder;
  if (!pipelining()) co_await connection_.send("STAT\r\n", 1);
  const auto stat = co_await connection_.reply("STAT");
  if (!stat) co_return std::unexpected(stat.error());
  if (stat->indicator == wire::pop3::Indicator::ok)
    builder.stat(wire::pop3::parse_stat(stat->text));

  if (!pipelining()) co_await connection_.send("LIST\r\n", 1);
  const auto list = co_await connection_.reply("LIST");
  if (!list) co_return std::unexpected(list.error());
  if (list->indicator == wire::pop3::Indicator::ok) {
    const Answer<void> lines = co_await connection_.lines(
        "LIST", [&](std::string_view line) { return builder.list_line(line); });
    if (!lines) co_return std::unexpected(lines.error());
  }

  if (!pipelining()) co_await connection_.send("UIDL\r\n", 1);
  const auto uidl = co_await connection_.accepted("UIDL");
  if (!uidl) {
    Refused why = uidl.error();
    if (why.kind == Refusal::other) why.kind = Refusal::no_uidl;
    co_return std::unexpected(std::move(why));
  }
  const Answer<void> lines = co_await connection_.lines(
      "UIDL", [&](std::string_view line) { return builder.uidl_line(line); });
  if (!lines) co_return std::unexpected(lines.error());
  co_return builder.finish();
}

asio::awaitable<Answer<void>> Pop3Session::noop() {
  co_await connection_.send("NOOP\r\n", 1);
  const auto answer = co_await connection_.accepted("NOOP");
  if (!answer) co_return std::unexpected(answer.error());
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
