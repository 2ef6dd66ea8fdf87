#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <asio/awaitable.hpp>

#include "sync/base/secret.h"
#include "sync/net/stream.h"
#include "sync/upstream/refused.h"
#include "sync/upstream/secret_echo.h"
#include "sync/wire/smtp/reply.h"

namespace postern::upstream {

/// RFC 5321 section 4.5.3.2, but for the first ones, which a program waits for.
struct SmtpDeadlines {
  net::Stream::Duration connect = std::chrono::seconds(30);
  net::Stream::Duration tls = std::chrono::seconds(10);
  net::Stream::Duration greeting = std::chrono::seconds(60);
  net::Stream::Duration answer = std::chrono::minutes(5);
  net::Stream::Duration soon = std::chrono::seconds(10);  ///< to what costs nothing
  net::Stream::Duration data_block = std::chrono::minutes(3);
  net::Stream::Duration accepted = std::chrono::minutes(10);  ///< after the final dot
};

/// The octets of an SMTP conversation as commands and replies, with a deadline on every wait.
/// Replies that make no sense, come unasked or are in another order than the commands are
/// `protocol` refusals, and end it. A lost connection is thrown as net::Error. Network thread.
class SmtpConnection {
 public:
  SmtpConnection(net::Stream stream, const SmtpDeadlines& deadlines)
      : stream_(std::move(stream)), deadlines_(deadlines), buffer_(buffer_octets) {}

  using Reply = wire::smtp::Reply;

  /// One or several commands, each with its CRLF, which `expected` replies will follow.
  asio::awaitable<void> send(std::string commands, std::size_t expected);
  /// The command with the space behind it, the secret, and CRLF. Words of refusals that repeat the
  /// secret are not told from then on.
  asio::awaitable<void> send_secret(std::string command, Secret secret);
  void conceal(Secret secret) { echo_.sent(std::move(secret)); }
  /// Octets of a message.
  asio::awaitable<void> write(std::string_view octets);

  asio::awaitable<Answer<Reply>> reply(const char* during);
  asio::awaitable<Answer<Reply>> reply_soon(const char* during);
  asio::awaitable<Answer<Reply>> greeting();
  /// To the end of a message.
  asio::awaitable<Answer<Reply>> acceptance(const char* during);

  /// RFC 3207 section 4.2: nothing may stand behind the reply to STARTTLS.
  [[nodiscard]] bool holds_octets() const { return !rest_.empty(); }
  /// What came and was not looked at, for who goes on with the stream; good as long as this.
  [[nodiscard]] std::string_view unread() const { return rest_; }
  net::Stream& stream() { return stream_; }
  [[nodiscard]] const net::Stream& stream() const { return stream_; }

 private:
  static constexpr std::size_t buffer_octets = 16UL * 1024;

  void expect(std::size_t replies);
  asio::awaitable<Answer<Reply>> read(const char* during, net::Stream::Duration within);

  net::Stream stream_;
  SmtpDeadlines deadlines_;
  std::vector<char> buffer_;
  std::string_view rest_;  ///< of buffer_, not looked at yet
  wire::smtp::ReplyReader replies_;
  std::size_t outstanding_ = 0;  ///< replies to come
  bool out_of_step_ = false;
  SecretEcho echo_;
};

}  // namespace postern::upstream
