#include "sync/upstream/pop3_connection.h"

#include <algorithm>
#include <span>
#include <utility>

#include "sync/net/error.h"

namespace postern::upstream {

namespace {

/// 500,000 messages with ids of the 70 octets that RFC 1939 section 7 allows, and room.
constexpr std::size_t most_listing_octets = 64UL * 1024 * 1024;
constexpr std::size_t buffer_octets = 128UL * 1024;

}  // namespace

Pop3Connection::Pop3Connection(net::Stream stream, const Pop3Deadlines& deadlines)
    : stream_(std::move(stream)),
      deadlines_(deadlines),
      buffer_(buffer_octets),
      pace_(2 * deadlines.answer) {}

void Pop3Connection::expect(std::size_t answers) {
  if (outstanding_ == 0 && !rest_.empty()) out_of_step_ = true;
  outstanding_ += answers;
}

std::unexpected<Refused> Pop3Connection::senseless(const char* during, std::string words) {
  out_of_step_ = true;
  return std::unexpected(Refused{Refusal::protocol, during, tellable(std::move(words))});
}

asio::awaitable<void> Pop3Connection::send(std::string commands, std::size_t expected) {
  expect(expected);
  co_await stream_.write(commands, deadlines_.answer);
}

asio::awaitable<void> Pop3Connection::send_secret(std::string command, Secret secret) {
  expect(1);
  const Secret line = line_with(std::move(command), secret);
  echo_.sent(std::move(secret));
  co_await stream_.write(line.reveal(), deadlines_.answer);
}

asio::awaitable<void> Pop3Connection::fill(net::Stream::Duration within) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point before = Clock::now();
  const auto left = begun_ + deadlines_.session - before;
  if (left <= Clock::duration::zero())
    throw net::Error(net::ErrorKind::timeout, "the session lasted too long");
  const std::span<char> into(buffer_);
  const std::size_t octets = co_await stream_.read_some(into, std::min(within, left));
  rest_ = std::string_view(buffer_.data(), octets);
  if (!pace_.received(octets, Clock::now() - before))
    throw net::Error(net::ErrorKind::timeout, "the server sends next to nothing");
}

asio::awaitable<Answer<Pop3Connection::Reply>> Pop3Connection::read_reply(
    const char* during, net::Stream::Duration within) {
  using Status = wire::LineFramer::Status;
  if (out_of_step_) co_return senseless(during, "an answer to nothing that was asked");
  pace_.begin();
  Status status = Status::more;
  while (status == Status::more) {
    if (rest_.empty()) co_await fill(within);
    status = framer_.next(rest_);
  }
  if (status == Status::too_long) co_return senseless(during, "a line without an end");
  const auto parsed = wire::pop3::parse_reply(framer_.line());
  if (!parsed) co_return senseless(during, std::string(framer_.line()));
  if (outstanding_ != 0) --outstanding_;
  std::string text(parsed->text);
  // Nothing but its code matters of a refusal; what else is said may be counted on.
  if (parsed->indicator == wire::pop3::Indicator::err) text = tellable(std::move(text));
  co_return Reply{parsed->indicator, parsed->code, std::move(text)};
}

asio::awaitable<Answer<Pop3Connection::Reply>> Pop3Connection::reply(const char* during) {
  return read_reply(during, deadlines_.answer);
}

asio::awaitable<Answer<Pop3Connection::Reply>> Pop3Connection::accepted(const char* during) {
  Answer<Reply> answer = co_await read_reply(during, deadlines_.answer);
  if (answer && answer->indicator == wire::pop3::Indicator::err)
    co_return std::unexpected(refused(during, answer->code, answer->text));
  if (answer && answer->indicator == wire::pop3::Indicator::challenge)
    co_return senseless(during, "a challenge");
  co_return answer;
}

asio::awaitable<Answer<Pop3Connection::Reply>> Pop3Connection::greeting() {
  Answer<Reply> answer = co_await read_reply("the greeting", deadlines_.greeting);
  if (answer && answer->indicator != wire::pop3::Indicator::ok)
    co_return std::unexpected(refused("the greeting", answer->code, answer->text));
  co_return answer;
}

asio::awaitable<Answer<void>> Pop3Connection::lines(const char* during,
                                                    std::function<bool(std::string_view)> line) {
  using Status = wire::LineFramer::Status;
  std::size_t octets = 0;
  while (true) {
    if (rest_.empty()) co_await fill(deadlines_.answer);
    const Status status = framer_.next(rest_);
    if (status == Status::too_long) co_return senseless(during, "a line without an end");
    if (status == Status::more) continue;
    std::string_view text = framer_.line();
    if (text == ".") co_return Answer<void>();
    if (text.starts_with('.')) text.remove_prefix(1);
    octets += text.size() + 2;
    if (octets > most_listing_octets || !line(text))
      co_return senseless(during, "an answer without an end");
  }
}

}  // namespace postern::upstream
