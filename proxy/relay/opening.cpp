#include "proxy/relay/opening.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "sync/net/error.h"
#include "sync/upstream/imap_connection.h"
#include "sync/upstream/pop3_capa.h"
#include "sync/upstream/smtp_hello.h"

namespace postern::relay {
namespace {

using upstream::Refusal;
using upstream::Refused;

[[noreturn]] void not_offered(const char* what) {
  throw NoWayIn(fmt::format("the server does not offer {}, so there is no TLS", what));
}

[[noreturn]] void not_granted(const char* what) {
  throw NoWayIn(fmt::format("the server refused {}, so there is no TLS", what));
}

/// `senseless`: our words for an answer that is none. The server's own came from anybody.
[[noreturn]] void give_up(const Refused& why, const std::string& senseless) {
  if (why.kind == Refusal::protocol) throw NoWayIn(senseless);
  throw NoWayIn("the server refused the connection before TLS");
}

/// What stands behind the answer came from anybody.
template <class Connection>
net::Stream stream_of(Connection& server) {
  if (server.holds_octets())
    throw NoWayIn("somebody put plaintext behind the server's answer to STARTTLS");
  return std::move(server.stream());
}

asio::awaitable<net::Stream> start_imap(net::Stream stream, Limits limits) {
  using Kind = upstream::ImapConnection::Reply::Kind;
  upstream::ImapConnection server(std::move(stream), limits.answer);
  const auto greeting = co_await server.greeting();
  if (!greeting) give_up(greeting.error(), greeting.error().words);
  const auto offer = co_await server.ask_offer();
  if (!offer) give_up(offer.error(), offer.error().words);
  if (offer->starttls == upstream::ImapOffer::Has::no) not_offered("STARTTLS");
  co_await server.send("STARTTLS");
  const auto answer = co_await server.reply("STARTTLS");
  if (!answer) give_up(answer.error(), answer.error().words);
  if (answer->kind != Kind::ok) not_granted("STARTTLS");
  co_return stream_of(server);
}

asio::awaitable<net::Stream> start_pop3(net::Stream stream, Limits limits) {
  const char* const senseless = "the server does not speak POP3 here";
  upstream::Pop3Connection server(std::move(stream), pop3_deadlines(limits));
  const auto greeting = co_await server.greeting();
  if (!greeting) give_up(greeting.error(), senseless);
  const auto capabilities = co_await upstream::ask_capabilities(server);
  if (!capabilities) give_up(capabilities.error(), senseless);
  if (!capabilities->has(wire::pop3::Capabilities::Name::stls)) not_offered("STLS");
  co_await server.send("STLS\r\n", 1);
  const auto answer = co_await server.reply("STLS");
  if (!answer) give_up(answer.error(), senseless);
  if (answer->indicator != wire::pop3::Indicator::ok) not_granted("STLS");
  co_return stream_of(server);
}

asio::awaitable<net::Stream> start_smtp(net::Stream stream, Limits limits) {
  const char* const senseless = "the server does not speak SMTP here";
  upstream::SmtpConnection server(std::move(stream), smtp_deadlines(limits));
  const auto hello = co_await upstream::smtp_begin(server);
  if (!hello) give_up(hello.error(), senseless);
  if (!hello->extensions.starttls) not_offered("STARTTLS");
  co_await server.send("STARTTLS\r\n", 1);
  const auto answer = co_await server.reply("STARTTLS");
  if (!answer) give_up(answer.error(), senseless);
  if (!answer->positive()) not_granted("STARTTLS");
  co_return stream_of(server);
}

asio::awaitable<net::Stream> ask_for_tls(net::Stream stream, Protocol protocol, Limits limits) {
  switch (protocol) {
    case Protocol::imap: co_return co_await start_imap(std::move(stream), limits);
    case Protocol::pop3: co_return co_await start_pop3(std::move(stream), limits);
    case Protocol::smtp: break;
  }
  co_return co_await start_smtp(std::move(stream), limits);
}

asio::awaitable<Opened> open(const Route& route, const Limits& limits) {
  net::Stream stream = co_await net::dial(route.upstream, limits.connect);
  if (route.tls == config::Tls::starttls)
    stream = co_await ask_for_tls(std::move(stream), route.protocol, limits);
  if (route.tls != config::Tls::none) co_await stream.start_tls(*route.trust, limits.handshake);
  co_return Opened{std::move(stream),
                   route.tls == config::Tls::starttls ? Greeted::yes : Greeted::no};
}

}  // namespace

upstream::Pop3Deadlines pop3_deadlines(const Limits& limits) {
  upstream::Pop3Deadlines deadlines;
  deadlines.greeting = limits.answer;
  deadlines.answer = limits.answer;
  return deadlines;
}

upstream::SmtpDeadlines smtp_deadlines(const Limits& limits) {
  upstream::SmtpDeadlines deadlines;
  deadlines.greeting = limits.answer;
  deadlines.answer = limits.answer;
  return deadlines;
}

asio::awaitable<Opened> open_upstream(Route route, Limits limits) {
  std::optional<std::string> why;
  try {
    co_return co_await open(route, limits);
  } catch (const net::Error& error) {
    if (error.kind() == net::ErrorKind::cancelled) throw;
    why = error.what();
  } catch (const NoWayIn& error) {
    why = error.what();
  }
  throw NoWayIn(fmt::format("{}: {}", name_of(route.upstream), *why));
}

}  // namespace postern::relay
