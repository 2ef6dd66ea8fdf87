#include "proxy/daemon/doctor/encounter.h"

#include <fmt/format.h>

#include "proxy/daemon/doctor/methods.h"
#include "proxy/daemon/doctor/refused_here.h"
#include "sync/net/dial.h"
#include "sync/net/error.h"
#include "sync/net/tls.h"
#include "sync/upstream/pop3_connection.h"
#include "sync/upstream/pop3_login.h"
#include "sync/wire/pop3/capabilities.h"
#include "sync/wire/pop3/greeting.h"
#include "sync/wire/pop3/listing.h"

namespace postern::daemon::doctor {
namespace {

using config::Tls;
using upstream::Pop3Connection;
using upstream::Refusal;
using upstream::Refused;
using wire::pop3::Capabilities;
using wire::pop3::Indicator;

constexpr upstream::Pop3Deadlines deadlines{std::chrono::seconds(15), std::chrono::seconds(15),
                                            std::chrono::seconds(30), std::chrono::seconds(30)};
constexpr std::size_t most_lines = 256;

/// The conversation from top to bottom.
class Conversation {
 public:
  Conversation(const config::Source& source, Encounter& encounter, net::Stream stream)
      : source_(source), encounter_(encounter), connection_(std::move(stream), deadlines) {}

  asio::awaitable<void> hello(const net::TlsClient* trust);
  asio::awaitable<void> log_in(Secret secret);
  asio::awaitable<void> list();
  asio::awaitable<void> leave();

 private:
  asio::awaitable<Pop3Connection::Reply> command(std::string line);
  asio::awaitable<void> ask_capabilities(const char* when);
  void heard(const Pop3Connection::Reply& reply);
  void tell_methods();

  const config::Source& source_;
  Encounter& encounter_;
  Pop3Connection connection_;
  Capabilities capabilities_;
};

void Conversation::heard(const Pop3Connection::Reply& reply) {
  const bool refused = reply.indicator == Indicator::err;
  encounter_.transcript.push_back((refused ? "S: -ERR " : "S: +OK ") +
                                  connection_.tellable(reply.text));
}

asio::awaitable<Pop3Connection::Reply> Conversation::command(std::string line) {
  encounter_.transcript.push_back("C: " + line);
  co_await connection_.send(line + "\r\n", 1);
  auto answer = co_await connection_.reply(line.c_str());
  const auto reply = value_of(std::move(answer));
  heard(reply);
  co_return reply;
}

asio::awaitable<void> Conversation::ask_capabilities(const char* when) {
  capabilities_ = {};
  const auto reply = co_await command("CAPA");
  if (reply.indicator != Indicator::ok) co_return;
  std::vector<std::string> lines;
  auto answer = co_await connection_.lines("CAPA", [&](std::string_view line) {
    capabilities_.add(line);
    lines.push_back(connection_.tellable(std::string(line)));
    encounter_.transcript.push_back("S: " + connection_.tellable(std::string(line)));
    return lines.size() <= most_lines;
  });
  value_of(std::move(answer));
  if (capabilities_.login_delay()) encounter_.login_delay = capabilities_.login_delay();
  encounter_.transcript.emplace_back("S: .");
  encounter_.capabilities.emplace_back(when, std::move(lines));
}

asio::awaitable<void> Conversation::hello(const net::TlsClient* trust) {
  encounter_.doing = "tls";
  if (source_.tls == Tls::implicit) co_await connection_.stream().start_tls(*trust, deadlines.tls);
  encounter_.doing = "greeting";
  auto greeting = co_await connection_.reply("the greeting");
  const auto first = value_of(std::move(greeting));
  heard(first);
  encounter_.greeting = first.text;
  if (first.indicator != Indicator::ok)
    throw RefusedHere{upstream::refused("the greeting", first.code, first.text)};
  const bool starttls = source_.tls == Tls::starttls;
  const char* when = starttls ? "before TLS" : "before login";
  co_await ask_capabilities(when);
  if (starttls) {
    encounter_.doing = "tls";
    const auto reply = co_await command("STLS");
    if (reply.indicator != Indicator::ok)
      throw RefusedHere{Refused{Refusal::no_tls, "STLS", reply.text}};
    if (connection_.holds_octets())
      throw RefusedHere{Refused{Refusal::protocol, "STLS", "plaintext behind the answer to STLS"}};
    co_await connection_.stream().start_tls(*trust, deadlines.tls);
    co_await ask_capabilities("before login");
  }
  encounter_.tls = connection_.stream().tls_facts();
  tell_methods();
}

void Conversation::tell_methods() {
  using upstream::LoginOffer;
  using wire::sasl::Binding;
  using wire::sasl::SecretKind;
  const bool stamped = wire::pop3::apop_timestamp(encounter_.greeting).has_value();
  const bool bound = !connection_.stream().tls_bindings().empty();
  const upstream::LoginMemory nothing;
  encounter_.methods = methods_text(
      {.mechanisms = capabilities_.mechanisms(),
       .user_command = capabilities_.has(Capabilities::Name::user)
                           ? LoginOffer::UserCommand::offered
                           : LoginOffer::UserCommand::unsaid,
       .timestamp = stamped ? LoginOffer::Timestamp::given : LoginOffer::Timestamp::none,
       .binding = bound ? Binding::possible : Binding::none,
       .secret = source_.oauth ? SecretKind::token : SecretKind::password,
       .wanted = source_.login,
       .memory = nothing});
}

asio::awaitable<void> Conversation::log_in(Secret secret) {
  encounter_.doing = "login";
  const auto plaintext = upstream::plaintext_of(source_);
  if (!upstream::may_log_in(upstream::channel_of(connection_.stream()), plaintext))
    throw RefusedHere{Refused{Refusal::no_tls, "login", "the connection has no TLS"}};
  upstream::LoginMemory nothing;
  upstream::Credential credential(std::move(secret));
  if (source_.oauth) credential.kind = wire::sasl::SecretKind::token;
  encounter_.login = Encounter::Login::tried;
  upstream::LoginRequest request{.server = {source_.server.host, source_.server.port},
                                 .user = source_.username,
                                 .credential = std::move(credential),
                                 .wanted = source_.login,
                                 .memory = nothing,
                                 .plaintext = plaintext};
  upstream::Pop3Login conversation(connection_, capabilities_, encounter_.greeting,
                                   std::move(request));
  auto answer = co_await conversation.log_in();
  const std::string method = answer ? " with " + name_of(*answer) : "";
  encounter_.transcript.push_back(fmt::format("C: (the login{})", method));
  encounter_.transcript.push_back(answer ? "S: +OK" : "S: -ERR " + answer.error().words);
  value_of(std::move(answer));
  co_await ask_capabilities("after login");
}

asio::awaitable<void> Conversation::list() {
  encounter_.doing = "listing";
  wire::pop3::ListingBuilder builder;
  const auto stat = co_await command("STAT");
  if (stat.indicator == Indicator::ok) {
    const auto size = wire::pop3::parse_stat(stat.text);
    builder.stat(size);
    if (size) encounter_.octets = size->octets;
  }
  const auto sizes = co_await command("LIST");
  if (sizes.indicator == Indicator::ok) {
    auto lines = co_await connection_.lines(
        "LIST", [&](std::string_view line) { return builder.list_line(line); });
    value_of(std::move(lines));
    encounter_.transcript.emplace_back("S: (the messages)");
  }
  const auto uidl = co_await command("UIDL");
  const bool has_ids = uidl.indicator == Indicator::ok;
  if (has_ids) {
    auto lines = co_await connection_.lines(
        "UIDL", [&](std::string_view line) { return builder.uidl_line(line); });
    value_of(std::move(lines));
    encounter_.transcript.emplace_back("S: (the messages)");
  }
  wire::pop3::Listing listing;
  if (has_ids) {
    listing = builder.finish();
  } else {
    listing = builder.finish_without_ids();
  }
  encounter_.messages = listing.messages.size();
  encounter_.flaw = listing.flaw;
}

asio::awaitable<void> Conversation::leave() {
  encounter_.doing = "quit";
  (void)co_await command("QUIT");
  co_await connection_.stream().shutdown();
}

}  // namespace

std::optional<engine::LoginEnd> login_end(const Encounter& encounter,
                                          const engine::LoginHistory& history, SteadyTime now) {
  if (encounter.login == Encounter::Login::not_tried) return std::nullopt;
  engine::PollResult result;
  result.trouble = encounter.trouble;
  result.refusal = encounter.refusal;
  if (encounter.refusal && encounter.refusal->kind == Refusal::auth)
    result.credentials =
        encounter.refusal->certain ? engine::Credentials::refused : engine::Credentials::doubtful;
  return engine::LoginEnd{engine::verdict(result, history, now), encounter.login_delay};
}

asio::awaitable<Encounter> meet(config::Source source, Secret secret, Depth depth) {
  Encounter encounter;
  std::optional<net::TlsClient> trust;
  if (source.tls != Tls::none) {
    const net::TlsTrust wanted{source.server.host, source.ca, source.pin};
    auto made = net::TlsClient::make(wanted);
    if (!made) {
      encounter.trouble =
          engine::Trouble{engine::SourceState::bad_certificate, made.error().text()};
      co_return encounter;
    }
    trust.emplace(std::move(*made));
  }
  try {
    const net::Endpoint server{source.server.host, source.server.port};
    net::Stream stream = co_await net::dial(server, deadlines.connect);
    Conversation conversation(source, encounter, std::move(stream));
    const net::TlsClient* client = trust ? &*trust : nullptr;
    co_await conversation.hello(client);
    if (depth == Depth::login) {
      co_await conversation.log_in(std::move(secret));
      co_await conversation.list();
    }
    co_await conversation.leave();
  } catch (const RefusedHere& refusal) {
    encounter.trouble = engine::explain(source, refusal.why);
    encounter.refusal = refusal.why;
  } catch (const net::Error& error) {
    encounter.trouble = engine::explain(source.server, error);
  }
  co_return encounter;
}

}  // namespace postern::daemon::doctor
