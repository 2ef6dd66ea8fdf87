#include "proxy/relay/opening.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "proxy/relay/server_lines.h"
#include "sync/net/error.h"
#include "sync/wire/command_text.h"
#include "sync/wire/imap/server_line.h"
#include "sync/wire/pop3/reply.h"

namespace postern::relay {
namespace {

using wire::imap::ServerLine;

[[noreturn]] void no_starttls(const char* what) {
  throw NoWayIn(fmt::format("the server does not offer {}, so there is no TLS", what));
}

[[noreturn]] void refused(const char* what) {
  throw NoWayIn(fmt::format("the server refused {}, so there is no TLS", what));
}

// --- IMAP

/// One untagged line before TLS. Data of a mailbox there is nobody's but an attacker's.
void judge_untagged(const ServerLine& line) {
  if (line.is("BYE")) throw NoWayIn("the server refused the connection before TLS");
  if (line.is("PREAUTH"))
    throw NoWayIn("the server is logged in before TLS, where no TLS is possible any more");
  if (!line.is("OK") && !line.is("NO") && !line.is("BAD") && !line.is("CAPABILITY"))
    throw NoWayIn("the server sent data before TLS");
}

/// Until the tagged answer; whether that is OK. Notes whether STARTTLS is told on the way.
asio::awaitable<bool> ask_imap(ServerLines& server, std::string tag, std::string command,
                               bool& told) {
  co_await server.send(tag + " " + command + "\r\n");
  while (true) {
    const std::string line = co_await server.line();
    const ServerLine parsed = wire::imap::parse_server_line(line);
    told = told || wire::imap::tells_capability(line, "STARTTLS");
    if (parsed.kind == ServerLine::Kind::tagged && parsed.tag == tag) co_return parsed.is("OK");
    if (parsed.kind != ServerLine::Kind::untagged)
      throw NoWayIn("the server sent an answer to nothing before TLS");
    judge_untagged(parsed);
  }
}

asio::awaitable<void> start_imap(ServerLines& server) {
  const std::string greeting = co_await server.line();
  const ServerLine parsed = wire::imap::parse_server_line(greeting);
  if (parsed.kind != ServerLine::Kind::untagged)
    throw NoWayIn("the server does not speak IMAP here");
  judge_untagged(parsed);
  if (!parsed.is("OK")) throw NoWayIn("the server does not speak IMAP here");
  bool offered = false;
  (void)co_await ask_imap(server, "p1", "CAPABILITY", offered);
  if (!offered) no_starttls("STARTTLS");
  if (!co_await ask_imap(server, "p2", "STARTTLS", offered)) refused("STARTTLS");
}

// --- POP3

asio::awaitable<bool> pop3_ok(ServerLines& server) {
  const std::string line = co_await server.line();
  const auto reply = wire::pop3::parse_reply(line);
  if (!reply || reply->indicator == wire::pop3::Indicator::challenge)
    throw NoWayIn("the server does not speak POP3 here");
  co_return reply->ok();
}

asio::awaitable<void> start_pop3(ServerLines& server) {
  if (!co_await pop3_ok(server)) throw NoWayIn("the server refused the connection before TLS");
  co_await server.send("CAPA\r\n");
  bool offered = false;
  std::string line;
  if (co_await pop3_ok(server)) {
    while (line != ".") {
      line = co_await server.line();
      std::string_view rest = line;
      offered = offered || wire::is_word(wire::take_word(rest), "STLS");
    }
  }
  if (!offered) no_starttls("STLS");
  co_await server.send("STLS\r\n");
  if (!co_await pop3_ok(server)) refused("STLS");
}

// --- SMTP

/// One reply of any number of lines; its code. Notes whether STARTTLS is told.
asio::awaitable<std::string> smtp_reply(ServerLines& server, bool& told) {
  while (true) {
    const std::string line = co_await server.line();
    if (line.size() < 3 || line.find_first_not_of("0123456789") < 3)
      throw NoWayIn("the server does not speak SMTP here");
    std::string_view rest = std::string_view(line).substr(std::min<std::size_t>(4, line.size()));
    told = told || wire::is_word(wire::take_word(rest), "STARTTLS");
    if (line.size() == 3 || line[3] != '-') co_return line.substr(0, 3);
  }
}

asio::awaitable<void> start_smtp(ServerLines& server) {
  bool ignored = false;
  const std::string greeting = co_await smtp_reply(server, ignored);
  if (greeting != "220") throw NoWayIn("the server refused the connection before TLS");
  co_await server.send("EHLO [127.0.0.1]\r\n");
  bool offered = false;
  const std::string hello = co_await smtp_reply(server, offered);
  if (hello != "250" || !offered) no_starttls("STARTTLS");
  co_await server.send("STARTTLS\r\n");
  const std::string answer = co_await smtp_reply(server, ignored);
  if (answer != "220") refused("STARTTLS");
}

// ---

asio::awaitable<void> ask_for_tls(net::Stream& stream, Protocol protocol, Limits limits) {
  ServerLines server(stream, limits);
  switch (protocol) {
    case Protocol::imap: co_await start_imap(server); break;
    case Protocol::pop3: co_await start_pop3(server); break;
    case Protocol::smtp: co_await start_smtp(server); break;
  }
  // What stands behind the answer came from anybody.
  if (!server.rest().empty())
    throw NoWayIn("somebody put plaintext behind the server's answer to STARTTLS");
}

asio::awaitable<Opened> open(const Route& route, const Limits& limits) {
  net::Stream stream = co_await net::dial(route.upstream, limits.connect);
  if (route.tls == config::Tls::starttls) co_await ask_for_tls(stream, route.protocol, limits);
  if (route.tls != config::Tls::none) co_await stream.start_tls(*route.trust, limits.handshake);
  co_return Opened{std::move(stream),
                   route.tls == config::Tls::starttls ? Greeted::yes : Greeted::no};
}

}  // namespace

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
  throw NoWayIn(fmt::format("{}:{}: {}", route.upstream.host, route.upstream.port, *why));
}

}  // namespace postern::relay
