#include "proxy/submission/session.h"

#include <utility>

#include <fmt/format.h>

#include "proxy/access/sasl_server.h"
#include "proxy/submission/transaction.h"
#include "sync/base/log.h"
#include "sync/wire/command_text.h"

namespace postern::submission {

namespace command = wire::smtp::command;

Session::Session(asio::any_io_executor executor, net::Stream stream, Surroundings& surroundings,
                 access::Start start)
    : access::LineSession(std::move(executor), std::move(stream), surroundings, surroundings.limits,
                          start, surroundings.limits.command_line),
      surroundings_(surroundings) {}

Session::~Session() = default;

std::string Session::too_many() {
  return "421 4.7.0 too many connections\r\n";
}

asio::awaitable<void> Session::converse() {
  say(220, std::nullopt, "postern ESMTP");
  co_await flush();
  Next next = Next::go_on;
  while (next == Next::go_on) {
    std::optional<std::string> line = co_await read_line();
    if (!line) {
      say(500, wire::smtp::EnhancedStatus{5, 5, 2}, "the line is too long");
      break;
    }
    const bool may_hold_password = !login_;
    next = co_await execute(*line);
    if (may_hold_password) forget_input(*line);
    begin_waiting();
    if (stopping_ && next == Next::go_on && !transaction_) {
      say(421, wire::smtp::EnhancedStatus{4, 3, 2}, "shutting down");
      break;
    }
  }
  forget_transaction();
}

void Session::ask_to_stop() {
  stopping_ = true;
  if (waiting_ && !transaction_) stream_.close();
}

void Session::too_slow() {
  out_ += "421 4.4.2 nothing came in time\r\n";
}

access::SessionFacts Session::facts() const {
  access::SessionFacts facts = access::Session::facts();
  facts.protocol = protocol;
  if (login_) {
    facts.account = login_->account;
    facts.device = login_->device;
  }
  return facts;
}

/// The next octets of a message, each wait with its own time.
asio::awaitable<void> Session::more_octets() {
  co_await flush();
  const std::size_t count = co_await stream_.read_some(input_, surroundings_.limits.stalled);
  rest_ = std::string_view(input_.data(), count);
}

void Session::say(const Reply& reply) {
  out_ += wire::smtp::format_reply(reply);
}

void Session::say(unsigned code, std::optional<wire::smtp::EnhancedStatus> status,
                  std::string text) {
  say(Reply{code, status, {std::move(text)}});
}

Session::Next Session::bad(unsigned code, wire::smtp::EnhancedStatus status, std::string text) {
  say(code, status, std::move(text));
  if (++bad_commands_ < surroundings_.limits.bad_commands) return Next::go_on;
  say(421, wire::smtp::EnhancedStatus{4, 7, 0}, "too many commands that make no sense");
  return Next::end;
}

asio::awaitable<Session::Next> Session::execute(const std::string& line) {
  using wire::smtp::Charset;
  const bool international = transaction_ && transaction_->sender.smtp_utf8;
  const auto parsed =
      wire::smtp::parse_command(line, international ? Charset::utf8 : Charset::ascii);
  const unsigned bad_before = bad_commands_;
  Next next = Next::go_on;
  if (parsed) {
    next = co_await std::visit([this](const auto& one) { return run(one); }, *parsed);
    if (bad_commands_ == bad_before) bad_commands_ = 0;
  } else {
    next = bad(parsed.error().code, *parsed.error().status, parsed.error().text());
    // Nobody knows how many octets follow such a one.
    std::string_view rest = line;
    if (wire::is_word(wire::take_word(rest), "BDAT")) next = Next::end;
  }
  co_await flush_if_large();
  co_return next;
}

/// RFC 5321 section 4.1.1.1: whatever was begun is forgotten.
asio::awaitable<Session::Next> Session::run(const command::Hello& hello) {
  forget_transaction();
  hello_ = hello.name;
  if (hello.form == command::Hello::Form::helo) {
    say(250, std::nullopt, "postern");
  } else {
    say(extensions());
  }
  co_return Next::go_on;
}

Session::Reply Session::extensions() const {
  Reply reply{250, std::nullopt, {"postern"}};
  for (const char* name : {"PIPELINING", "8BITMIME", "SMTPUTF8", "CHUNKING", "BINARYMIME", "DSN",
                           "ENHANCEDSTATUSCODES"})
    reply.lines.emplace_back(name);
  reply.lines.push_back(fmt::format("SIZE {}", surroundings_.limits.message));
  if (surroundings_.tls != nullptr && !stream_.secure()) reply.lines.emplace_back("STARTTLS");
  const auto mechanisms =
      access::SaslServer::offered(surroundings_.directory, peer(), stream_.tls_bindings());
  if (!login_ && !mechanisms.empty())
    reply.lines.push_back(fmt::format("AUTH {}", fmt::join(mechanisms, " ")));
  return reply;
}

/// RFC 3207 section 4.2. What stands behind the command was sent in plaintext and must not be taken
/// for something that came through TLS.
asio::awaitable<Session::Next> Session::run(const command::StartTls& /*start_tls*/) {
  if (surroundings_.tls == nullptr || stream_.secure())
    co_return bad(503, {5, 5, 1}, "there is no STARTTLS");
  const bool injected = !rest_.empty();
  say(220, wire::smtp::EnhancedStatus{2, 0, 0}, "begin TLS now");
  co_await flush();
  if (injected) {
    log::info("submission", "{}: plaintext behind STARTTLS, the connection is ended",
              stream_.peer());
    co_return Next::end;
  }
  co_await start_tls();
  hello_.clear();
  login_.reset();
  forget_transaction();
  bad_commands_ = 0;
  co_return Next::go_on;
}

asio::awaitable<Session::Next> Session::run(const command::Rset& /*rset*/) {
  forget_transaction();
  say(250, wire::smtp::EnhancedStatus{2, 0, 0}, "forgotten");
  co_return Next::go_on;
}

asio::awaitable<Session::Next> Session::run(const command::Noop& /*noop*/) {
  say(250, wire::smtp::EnhancedStatus{2, 0, 0}, "here");
  co_return Next::go_on;
}

asio::awaitable<Session::Next> Session::run(const command::Quit& /*quit*/) {
  say(221, wire::smtp::EnhancedStatus{2, 0, 0}, "bye");
  co_return Next::end;
}

asio::awaitable<Session::Next> Session::run(const command::Help& /*help*/) {
  say(214, wire::smtp::EnhancedStatus{2, 0, 0}, "RFC 6409 says what this server does");
  co_return Next::go_on;
}

/// RFC 5321 section 3.5.3: who is there is nobody's business.
asio::awaitable<Session::Next> Session::run(const command::Vrfy& /*vrfy*/) {
  say(252, wire::smtp::EnhancedStatus{2, 1, 5}, "send the message, and see");
  co_return Next::go_on;
}

asio::awaitable<Session::Next> Session::run(const command::Expn& /*expn*/) {
  co_return bad(502, {5, 5, 1}, "there are no lists here");
}

}  // namespace postern::submission
