#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <asio/awaitable.hpp>

#include "sync/base/secret.h"
#include "sync/net/stream.h"
#include "sync/upstream/pop3_pace.h"
#include "sync/upstream/pop3_refused.h"
#include "sync/upstream/secret_echo.h"
#include "sync/wire/line_framer.h"
#include "sync/wire/pop3/multi_line.h"
#include "sync/wire/pop3/reply.h"

namespace postern::upstream {

struct Pop3Deadlines {
  net::Stream::Duration connect = std::chrono::seconds(30);
  net::Stream::Duration tls = std::chrono::seconds(10);
  net::Stream::Duration greeting = std::chrono::seconds(60);
  net::Stream::Duration answer = std::chrono::seconds(60);  ///< for each wait for more octets
  /// From the first message asked for; then no further one is, and the session ends in order.
  net::Stream::Duration fetching = std::chrono::minutes(30);
  /// Of a session; then the connection is cut, whatever is under way.
  net::Stream::Duration session = std::chrono::hours(2);
  /// How long the server may hear nothing while we are busy elsewhere; it may hang up after ten
  /// minutes (RFC 1939 section 3), and some do much sooner.
  net::Stream::Duration keep_alive = std::chrono::minutes(1);
};

/// The octets of a POP3 conversation as commands and answers, with a deadline on every wait and on
/// the whole. An answer that only trickles (Pop3Pace) counts as a lost connection, which is thrown
/// as net::Error. Network thread.
class Pop3Connection {
 public:
  Pop3Connection(net::Stream stream, const Pop3Deadlines& deadlines);

  /// Sends one or several commands, each with its CRLF, which `expected` answers will follow.
  /// Octets that came before anything was asked make the next reply() a `protocol` refusal: the
  /// answers are out of step.
  asio::awaitable<void> send(std::string commands, std::size_t expected);
  /// One line: the command, with the space behind it, the secret, and CRLF. Words of refusals that
  /// repeat the secret are not told from then on.
  asio::awaitable<void> send_secret(std::string command, Secret secret);
  /// The same for a secret that only goes out in disguise.
  void conceal(Secret secret) { echo_.sent(std::move(secret)); }
  /// The server's words, or what is told instead of them. Refusals have gone through it.
  [[nodiscard]] std::string tellable(std::string words) const {
    return echo_.tellable(std::move(words));
  }

  struct Reply {
    wire::pop3::Indicator indicator = wire::pop3::Indicator::ok;
    wire::pop3::ResponseCode code = wire::pop3::ResponseCode::none;
    std::string text;
  };
  /// The next status line.
  asio::awaitable<Answer<Reply>> reply(const char* during);
  /// The next status line, -ERR and challenges as the error.
  asio::awaitable<Answer<Reply>> accepted(const char* during);
  /// The server's first line.
  asio::awaitable<Answer<Reply>> greeting();

  /// The lines of a multi-line answer, dots undone: `line` returns false when there are too many.
  /// More octets than a listing of the largest maildrop are too many as well.
  asio::awaitable<Answer<void>> lines(const char* during,
                                      std::function<bool(std::string_view)> line);

  /// The octets that have come, at least one of a multi-line answer unless it has `ended`.
  /// `take(std::string_view)` gets the decoded ones. One call, one wait at most.
  template <class Take>
  asio::awaitable<bool> body_block(Take take);

  /// RFC 2595 section 4: nothing may stand behind the answer to STLS.
  [[nodiscard]] bool holds_octets() const { return !rest_.empty(); }
  /// What came and was not looked at, for who goes on with the stream; good as long as this.
  [[nodiscard]] std::string_view unread() const { return rest_; }
  net::Stream& stream() { return stream_; }
  [[nodiscard]] const net::Stream& stream() const { return stream_; }
  /// The time for asking for messages begins, unless it did before.
  void begin_fetching() {
    if (!fetching_since_) fetching_since_ = std::chrono::steady_clock::now();
  }
  /// It has passed.
  [[nodiscard]] bool past_fetching() const {
    return fetching_since_ &&
           std::chrono::steady_clock::now() - *fetching_since_ >= deadlines_.fetching;
  }

 private:
  void expect(std::size_t answers);
  /// What came makes no sense: nothing that follows is taken for an answer.
  std::unexpected<Refused> senseless(const char* during, std::string words);
  asio::awaitable<void> fill(net::Stream::Duration within);
  asio::awaitable<Answer<Reply>> read_reply(const char* during, net::Stream::Duration within);

  net::Stream stream_;
  Pop3Deadlines deadlines_;
  std::vector<char> buffer_;
  std::string_view rest_;  ///< of buffer_, not looked at yet
  wire::LineFramer framer_;
  wire::pop3::MultiLineDecoder decoder_;
  std::size_t outstanding_ = 0;  ///< answers to come
  bool out_of_step_ = false;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::optional<std::chrono::steady_clock::time_point> fetching_since_;
  Pop3Pace pace_;
  SecretEcho echo_;
};

template <class Take>
asio::awaitable<bool> Pop3Connection::body_block(Take take) {
  if (rest_.empty()) co_await fill(deadlines_.answer);
  co_return decoder_.feed(rest_, take);
}

}  // namespace postern::upstream
