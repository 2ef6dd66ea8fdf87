#include "sync/upstream/smtp_connection.h"

#include <utility>

namespace postern::upstream {

void SmtpConnection::expect(std::size_t replies) {
  if (outstanding_ == 0 && !rest_.empty()) out_of_step_ = true;
  outstanding_ += replies;
}

asio::awaitable<void> SmtpConnection::send(std::string commands, std::size_t expected) {
  expect(expected);
  co_await stream_.write(commands, deadlines_.answer);
}

asio::awaitable<void> SmtpConnection::send_secret(std::string command, Secret secret) {
  expect(1);
  const Secret line = line_with(std::move(command), secret);
  echo_.sent(std::move(secret));
  co_await stream_.write(line.reveal(), deadlines_.answer);
}

asio::awaitable<void> SmtpConnection::write(std::string_view octets) {
  co_await stream_.write(octets, deadlines_.data_block);
}

asio::awaitable<Answer<SmtpConnection::Reply>> SmtpConnection::read(const char* during,
                                                                    net::Stream::Duration within) {
  using Status = wire::smtp::ReplyReader::Status;
  if (out_of_step_)
    co_return std::unexpected(
        Refused{Refusal::protocol, during, "a reply to nothing that was asked"});
  // The time is for the whole reply: a line now and then does not give it more.
  const auto until = std::chrono::steady_clock::now() + within;
  while (true) {
    const Status status = replies_.next(rest_);
    if (status == Status::reply) break;
    if (status == Status::malformed) {
      out_of_step_ = true;
      co_return std::unexpected(Refused{Refusal::protocol, during, std::string(replies_.wrong())});
    }
    const auto left = until - std::chrono::steady_clock::now();
    const std::size_t octets = co_await stream_.read_some(buffer_, left);
    rest_ = std::string_view(buffer_.data(), octets);
  }
  if (outstanding_ != 0) --outstanding_;
  Reply reply = replies_.take();
  if (!reply.positive() && !reply.intermediate()) {
    for (std::string& line : reply.lines) line = echo_.tellable(std::move(line));
  }
  co_return reply;
}

asio::awaitable<Answer<SmtpConnection::Reply>> SmtpConnection::reply(const char* during) {
  return read(during, deadlines_.answer);
}

asio::awaitable<Answer<SmtpConnection::Reply>> SmtpConnection::reply_soon(const char* during) {
  return read(during, deadlines_.soon);
}

asio::awaitable<Answer<SmtpConnection::Reply>> SmtpConnection::greeting() {
  expect(1);
  return read("the greeting", deadlines_.greeting);
}

asio::awaitable<Answer<SmtpConnection::Reply>> SmtpConnection::acceptance(const char* during) {
  return read(during, deadlines_.accepted);
}

}  // namespace postern::upstream
