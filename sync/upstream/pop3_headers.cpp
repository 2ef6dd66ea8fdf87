#include <algorithm>
#include <string>
#include <utility>

#include "sync/upstream/pop3_session.h"
#include "sync/upstream/pop3_window.h"

namespace postern::upstream {

namespace {

/// A header is given in part beyond this, and an answer beyond the other limit makes no sense.
constexpr std::size_t longest_header = 64UL * 1024;
/// What a header is taken to bring, so that not too many are asked for ahead.
constexpr std::uint64_t usual_octets = 8UL * 1024;

}  // namespace

asio::awaitable<Answer<std::size_t>> Pop3Session::headers(std::span<const std::uint32_t> numbers,
                                                          OnHeader on_header) {
  Pop3Window window;
  std::size_t sent = 0;
  std::size_t answered = 0;
  for (std::size_t index = 0; index < numbers.size(); ++index) {
    // The first one alone: many servers do not know TOP.
    const bool ahead = pipelining() && answered != 0 && window.wants_more();
    if (sent == index || (ahead && sent < numbers.size())) {
      std::string commands;
      const std::size_t before = sent;
      do {
        commands += "TOP " + std::to_string(numbers[sent]) + " 0\r\n";
        window.sent(usual_octets);
        ++sent;
      } while (sent < numbers.size() && pipelining() && answered != 0 && window.open());
      co_await connection_.send(std::move(commands), sent - before);
    }
    const auto answer = co_await connection_.accepted("TOP");
    window.answered(usual_octets);
    if (!answer && answer.error().kind == Refusal::protocol)
      co_return std::unexpected(answer.error());
    if (!answer && index == 0) break;
    if (!answer) continue;
    std::string header;
    std::uint64_t octets = 0;
    bool ended = false;
    while (!ended) {
      ended = co_await connection_.body_block([&](std::string_view piece) {
        octets += piece.size();
        header.append(piece.substr(0, longest_header - std::min(longest_header, header.size())));
      });
      if (octets > settings_.message_limit) {
        co_return std::unexpected(
            Refused{Refusal::protocol, "TOP", "a header beyond the limit for messages"});
      }
    }
    ++answered;
    on_header(index, header);
  }
  if (answered != 0) {
    const Answer<void> in_step = co_await confirm_step();
    if (!in_step) co_return std::unexpected(in_step.error());
  }
  co_return answered;
}

}  // namespace postern::upstream
