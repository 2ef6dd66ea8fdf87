#include "sync/upstream/smtp_hello.h"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "sync/upstream/smtp_refused.h"

namespace postern::upstream {
namespace {

/// What we call ourselves (RFC 5321 section 4.1.3): the real name of a machine at home is nobody's
/// business, and no name that a server could look up.
constexpr std::string_view own_name = "[127.0.0.1]";

asio::awaitable<Answer<wire::smtp::Reply>> say(SmtpConnection& connection, const char* verb) {
  co_await connection.send(fmt::format("{} {}\r\n", verb, own_name), 1);
  co_return co_await connection.reply(verb);
}

}  // namespace

asio::awaitable<Answer<SmtpHello>> smtp_hello(SmtpConnection& connection) {
  auto answer = co_await say(connection, "EHLO");
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->intermediate()) co_return std::unexpected(out_of_step("EHLO", *answer));
  if (answer->positive()) {
    SmtpHello hello;
    hello.extensions = wire::smtp::parse_extensions(*answer);
    hello.reply = std::move(*answer);
    co_return hello;
  }
  // A server without extensions is an old one, not a broken one.
  if (answer->permanent()) {
    answer = co_await say(connection, "HELO");
    if (!answer) co_return std::unexpected(answer.error());
    SmtpHello hello;
    hello.reply = std::move(*answer);
    if (hello.reply.positive()) co_return hello;
    co_return std::unexpected(refused("EHLO", hello.reply));
  }
  co_return std::unexpected(refused("EHLO", *answer));
}

asio::awaitable<Answer<wire::smtp::Extensions>> smtp_hello_again(SmtpConnection& connection,
                                                                 wire::smtp::Extensions before) {
  const auto answer = co_await say(connection, "EHLO");
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->intermediate()) co_return std::unexpected(out_of_step("EHLO", *answer));
  if (!answer->positive()) co_return before;
  co_return wire::smtp::parse_extensions(*answer);
}

asio::awaitable<Answer<SmtpHello>> smtp_begin(SmtpConnection& connection) {
  const auto greeting = co_await connection.greeting();
  if (!greeting) co_return std::unexpected(greeting.error());
  if (greeting->intermediate()) co_return std::unexpected(out_of_step("the greeting", *greeting));
  if (!greeting->positive()) co_return std::unexpected(refused("the greeting", *greeting));
  co_return co_await smtp_hello(connection);
}

}  // namespace postern::upstream
