#include "proxy/relay/server_lines.h"

#include <span>
#include <utility>

#include "proxy/relay/opening.h"
#include "sync/net/error.h"

namespace postern::relay {

ServerLines::ServerLines(net::Stream& stream, const Limits& limits)
    : stream_(stream), answer_(limits.answer), end_(Clock::now() + limits.answer) {}

asio::awaitable<std::string> ServerLines::line() {
  using Status = wire::LineFramer::Status;
  constexpr std::size_t most_lines = 512;
  if (++lines_ > most_lines) throw NoWayIn("the server talks without end");
  Status status = Status::more;
  while (status != Status::line) {
    if (rest_.empty()) co_await fill();
    status = framer_.next(rest_);
    if (status == Status::too_long) throw NoWayIn("the server sent a line without an end");
  }
  co_return std::string(framer_.line());
}

asio::awaitable<void> ServerLines::send(std::string octets) {
  co_await stream_.write(octets, answer_);
}

asio::awaitable<void> ServerLines::send_secret(std::string before, Secret secret) {
  std::string text = std::move(before);
  text.reserve(text.size() + secret.reveal().size() + 2);
  text += secret.reveal();
  text += "\r\n";
  const Secret line(std::move(text));
  co_await stream_.write(line.reveal(), answer_);
}

asio::awaitable<void> ServerLines::fill() {
  const auto left = end_ - Clock::now();
  if (left <= Clock::duration::zero())
    throw net::Error(net::ErrorKind::timeout, "no answer in time");
  const std::span<char> into(buffer_);
  const std::size_t count = co_await stream_.read_some(into, left);
  rest_ = std::string_view(buffer_.data(), count);
}

}  // namespace postern::relay
