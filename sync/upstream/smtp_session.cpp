#include "sync/upstream/smtp_session.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sync/net/error.h"
#include "sync/upstream/smtp_hello.h"
#include "sync/upstream/smtp_login.h"
#include "sync/upstream/smtp_refused.h"
#include "sync/wire/smtp/command.h"

namespace postern::upstream {

namespace {

constexpr std::size_t most_ahead = 50;

wire::smtp::Sender as_offered(wire::smtp::Sender sender, const wire::smtp::Extensions& offered) {
  using wire::smtp::BodyKind;
  if (sender.body == BodyKind::binary_mime && !(offered.binary_mime && offered.chunking))
    sender.body = BodyKind::eight_bit_mime;
  if (sender.body == BodyKind::eight_bit_mime && !offered.eight_bit_mime)
    sender.body = BodyKind::seven_bit;
  if (!offered.smtp_utf8) sender.smtp_utf8 = false;
  if (!offered.dsn) {
    sender.ret = wire::smtp::Return::unsaid;
    sender.envelope_id.clear();
  }
  return sender;
}

}  // namespace

SmtpSession::SmtpSession(net::Stream stream, SmtpSettings settings)
    : settings_(std::move(settings)), connection_(std::move(stream), settings_.deadlines) {}

asio::awaitable<Answer<SmtpSession>> SmtpSession::open(SmtpSettings settings) {
  const SmtpDeadlines deadlines = settings.deadlines;
  net::Stream stream = co_await net::dial(settings.server, deadlines.connect);
  if (settings.tls == config::Tls::implicit)
    co_await stream.start_tls(*settings.trust, deadlines.tls);
  SmtpSession session(std::move(stream), std::move(settings));
  const Answer<void> greeted = co_await session.greet();
  if (!greeted) co_return std::unexpected(greeted.error());
  co_return session;
}

asio::awaitable<Answer<void>> SmtpSession::greet() {
  auto hello = co_await smtp_begin(connection_);
  if (!hello) co_return std::unexpected(hello.error());
  extensions_ = std::move(hello->extensions);
  if (settings_.tls != config::Tls::starttls) co_return Answer<void>();
  const Answer<void> secured = co_await start_tls();
  if (!secured) co_return secured;
  hello = co_await smtp_hello(connection_);
  if (!hello) co_return std::unexpected(hello.error());
  extensions_ = std::move(hello->extensions);
  co_return Answer<void>();
}

asio::awaitable<Answer<void>> SmtpSession::start_tls() {
  if (!extensions_.starttls) {
    co_return std::unexpected(
        Refused{Refusal::no_tls, "STARTTLS", "the server does not offer STARTTLS"});
  }
  const auto answer = co_await command("STARTTLS\r\n", "STARTTLS");
  if (!answer) co_return std::unexpected(answer.error());
  if (!answer->positive())
    co_return std::unexpected(Refused{Refusal::no_tls, "STARTTLS", answer->line()});
  if (connection_.holds_octets()) {
    co_return std::unexpected(
        Refused{Refusal::protocol, "STARTTLS", "plaintext behind the answer to STARTTLS"});
  }
  extensions_ = {};
  co_await connection_.stream().start_tls(*settings_.trust, settings_.deadlines.tls);
  co_return Answer<void>();
}

asio::awaitable<Answer<void>> SmtpSession::login(std::string user, Credential credential) {
  LoginMemory forgotten;
  LoginRequest request{.server = settings_.server,
                       .user = std::move(user),
                       .credential = std::move(credential),
                       .wanted = settings_.login,
                       .memory = settings_.memory == nullptr ? forgotten : *settings_.memory,
                       .plaintext = settings_.plaintext};
  SmtpLogin conversation(connection_, extensions_, std::move(request));
  const Answer<config::Login> method = co_await conversation.log_in();
  if (!method) co_return std::unexpected(method.error());
  auto offered = co_await smtp_hello_again(connection_, extensions_);
  if (!offered) co_return std::unexpected(offered.error());
  extensions_ = std::move(*offered);
  co_return Answer<void>();
}

asio::awaitable<Answer<SmtpSession::Reply>> SmtpSession::command(std::string line,
                                                                 const char* during) {
  co_await connection_.send(std::move(line), 1);
  co_return co_await connection_.reply(during);
}

std::string SmtpSession::mail_command(const wire::smtp::Sender& sender,
                                      std::optional<std::uint64_t> octets) const {
  std::string size;
  if (octets && extensions_.size) size = fmt::format(" SIZE={}", *octets);
  return fmt::format("MAIL FROM:<{}>{}{}\r\n", sender.address, size,
                     wire::smtp::format_parameters(as_offered(sender, extensions_)));
}

std::string SmtpSession::rcpt_command(const wire::smtp::Recipient& recipient) const {
  const std::string parameters =
      extensions_.dsn ? wire::smtp::format_parameters(recipient) : std::string();
  return fmt::format("RCPT TO:<{}>{}\r\n", recipient.address, parameters);
}

asio::awaitable<Answer<SmtpSession::Reply>> SmtpSession::carried_out(const char* during) {
  auto answer = co_await connection_.reply(during);
  if (answer && answer->intermediate()) co_return std::unexpected(out_of_step(during, *answer));
  co_return answer;
}

/// RFC 6531 section 3.2: such an address goes nowhere without SMTPUTF8.
std::optional<SmtpSession::Reply> SmtpSession::cannot_take(const std::string& address) const {
  if (extensions_.smtp_utf8 || wire::smtp::is_ascii(address)) return std::nullopt;
  return Reply{553,
               wire::smtp::EnhancedStatus{5, 6, 7},
               {fmt::format("{} takes no addresses with such characters", settings_.server.host)}};
}

asio::awaitable<Answer<SmtpSession::Reply>> SmtpSession::mail(wire::smtp::Sender sender,
                                                              std::optional<std::uint64_t> octets) {
  if (auto refusal = cannot_take(sender.address)) co_return std::move(*refusal);
  co_await connection_.send(mail_command(sender, octets), 1);
  co_return co_await carried_out("MAIL");
}

asio::awaitable<Answer<SmtpSession::Reply>> SmtpSession::rcpt(wire::smtp::Recipient recipient) {
  if (auto refusal = cannot_take(recipient.address)) co_return std::move(*refusal);
  co_await connection_.send(rcpt_command(recipient), 1);
  co_return co_await carried_out("RCPT");
}

/// RFC 2920 section 3.1: no more commands ahead than what both sides hold without reading.
asio::awaitable<Answer<void>> SmtpSession::rcpt_all(
    std::span<const wire::smtp::Recipient> recipients, std::vector<Reply>& replies) {
  const std::size_t most = extensions_.pipelining ? most_ahead : 1;
  while (!recipients.empty()) {
    const auto some = recipients.first(std::min(most, recipients.size()));
    recipients = recipients.subspan(some.size());
    std::string commands;
    std::size_t sent = 0;
    for (const auto& recipient : some) {
      if (cannot_take(recipient.address)) continue;
      commands += rcpt_command(recipient);
      ++sent;
    }
    if (sent != 0) co_await connection_.send(std::move(commands), sent);
    for (const auto& recipient : some) {
      if (auto refusal = cannot_take(recipient.address)) {
        replies.push_back(std::move(*refusal));
        continue;
      }
      auto answer = co_await carried_out("RCPT");
      if (!answer) co_return std::unexpected(answer.error());
      replies.push_back(std::move(*answer));
    }
  }
  co_return Answer<void>();
}

asio::awaitable<Answer<void>> SmtpSession::envelope(
    wire::smtp::Sender sender, std::span<const wire::smtp::Recipient> recipients,
    std::optional<std::uint64_t> octets, std::vector<Reply>& replies) {
  auto answer = co_await mail(std::move(sender), octets);
  if (!answer) co_return std::unexpected(answer.error());
  replies.push_back(std::move(*answer));
  if (!replies.back().positive()) co_return Answer<void>();
  co_return co_await rcpt_all(recipients, replies);
}

asio::awaitable<Answer<SmtpSession::Reply>> SmtpSession::begin_data(Transfer transfer) {
  transfer_ = transfer;
  stuffer_ = {};
  chunk_refused_.reset();
  if (transfer == Transfer::chunks) co_return Reply{354, std::nullopt, {""}};
  auto answer = co_await command("DATA\r\n", "DATA");
  // A positive one would be taken for that to the end of the message.
  if (answer && answer->positive()) co_return std::unexpected(out_of_step("DATA", *answer));
  co_return answer;
}

asio::awaitable<void> SmtpSession::feed(std::string_view octets) {
  if (transfer_ == Transfer::data) {
    block_.clear();
    stuffer_.append(octets, block_);
    co_await connection_.write(block_);
    co_return;
  }
  if (chunk_refused_ || octets.empty()) co_return;
  co_await connection_.send(fmt::format("BDAT {}\r\n", octets.size()), 1);
  co_await connection_.write(octets);
  auto answer = co_await connection_.reply("BDAT");
  if (!answer || !answer->positive()) chunk_refused_ = std::move(answer);
}

asio::awaitable<Answer<SmtpSession::Reply>> SmtpSession::finish() {
  if (chunk_refused_) co_return *std::exchange(chunk_refused_, std::nullopt);
  if (transfer_ == Transfer::chunks) {
    co_await connection_.send("BDAT 0 LAST\r\n", 1);
  } else {
    block_.clear();
    stuffer_.finish(block_);
    co_await connection_.send(block_, 1);
  }
  const char* const during = "the end of the message";
  auto answer = co_await connection_.acceptance(during);
  if (answer && answer->intermediate()) co_return std::unexpected(out_of_step(during, *answer));
  co_return answer;
}

asio::awaitable<Answer<SmtpSession::Reply>> SmtpSession::reset() {
  co_await connection_.send("RSET\r\n", 1);
  co_return co_await connection_.reply_soon("RSET");
}

asio::awaitable<void> SmtpSession::quit() {
  try {
    (void)co_await command("QUIT\r\n", "QUIT");
    co_await connection_.stream().shutdown();
  } catch (const net::Error&) {
    // The message is on the other side or it is not; how the conversation ends changes nothing.
    connection_.stream().close();
  }
}

}  // namespace postern::upstream
