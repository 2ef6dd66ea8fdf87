#include <algorithm>
#include <string>
#include <utility>

#include "sync/upstream/pop3_session.h"
#include "sync/upstream/pop3_window.h"

namespace postern::upstream {

namespace {

/// A server that refuses so many in a row means all of them.
constexpr std::size_t most_refusals = 5;

/// A server adds the line end that a message lacks, and may not count it.
bool fits(std::uint64_t octets, std::uint64_t announced) {
  return octets == announced || octets == announced + 2;
}

}  // namespace

/// One call of retrieve().
class Pop3Session::Retrieval {
 public:
  Retrieval(Pop3Session& session, std::span<const Wanted> wanted, MessageSink& sink)
      : session_(session), connection_(session.connection_), wanted_(wanted), sink_(sink) {
    const Pop3Memory* memory = session.settings_.memory;
    if (memory == nullptr || memory->sizes == Pop3Memory::Sizes::doubted) return;
    judged_ = sizes_right_ = memory->fetching == Pop3Memory::Fetching::given;
  }

  asio::awaitable<Answer<Retrieved>> run();

 private:
  asio::awaitable<void> send_ahead(std::size_t index);
  asio::awaitable<Answer<void>> receive(std::size_t index);
  asio::awaitable<Answer<std::uint64_t>> body();
  asio::awaitable<void> wait_for_sink(std::size_t index);
  [[nodiscard]] bool may_send_next() const;
  [[nodiscard]] Refused about(std::size_t index, Refused why) const;
  void refused(std::size_t index, const Refused& why);
  void given();
  /// It has no sense to ask for more.
  [[nodiscard]] bool all_refused() const {
    return refusals_ != 0 && refusals_ >= std::min(most_refusals, wanted_.size());
  }
  void confirm();

  Pop3Session& session_;
  Pop3Connection& connection_;
  std::span<const Wanted> wanted_;
  MessageSink& sink_;
  Pop3Window window_;
  std::size_t sent_ = 0;
  bool judged_ = false;       ///< by the first message, or by earlier sessions
  bool sizes_right_ = false;  ///< of the messages so far
  std::size_t refusals_ = 0;  ///< in a row
  bool unconfirmed_ = false;  ///< the last message waits for the server to show that it is in step
};

asio::awaitable<Answer<Pop3Session::Retrieved>> Pop3Session::Retrieval::run() {
  connection_.begin_fetching();
  for (std::size_t index = 0; index < wanted_.size(); ++index) {
    co_await send_ahead(index);
    if (sent_ == index) break;
    const Answer<void> received = co_await receive(index);
    if (!received) co_return std::unexpected(about(index, received.error()));
    if (sink_.state() == MessageSink::State::full) co_await wait_for_sink(index);
    if (sink_.state() == MessageSink::State::broken) co_return Retrieved::cut_short;
    window_.answered(wanted_[index].octets);
  }
  if (unconfirmed_) {
    const Answer<void> in_step = co_await session_.noop();
    if (!in_step && in_step.error().kind == Refusal::protocol)
      co_return std::unexpected(in_step.error());
    confirm();
  }
  if (all_refused()) co_return Retrieved::refused;
  co_return sent_ < wanted_.size() ? Retrieved::cut_short : Retrieved::all;
}

/// With more on its way the server is kept waiting, else it hears from us.
asio::awaitable<void> Pop3Session::Retrieval::wait_for_sink(std::size_t index) {
  auto drained = sink_.drained();
  if (sent_ > index + 1) {
    co_await std::move(drained);
  } else {
    co_await session_.while_busy(std::move(drained));
  }
}

Refused Pop3Session::Retrieval::about(std::size_t index, Refused why) const {
  why.message = wanted_[index].number;
  return why;
}

bool Pop3Session::Retrieval::may_send_next() const {
  if (connection_.past_fetching() || all_refused()) return false;
  if (window_.empty()) return true;
  const bool ahead = sizes_right_ && session_.pipelining() && window_.open();
  return ahead && !wanted_[sent_].alone && !wanted_[sent_ - 1].alone;
}

asio::awaitable<void> Pop3Session::Retrieval::send_ahead(std::size_t index) {
  if (sent_ != index && !window_.wants_more()) co_return;
  std::string commands;
  const std::size_t before = sent_;
  for (; sent_ < wanted_.size() && may_send_next(); ++sent_) {
    commands += "RETR " + std::to_string(wanted_[sent_].number) + "\r\n";
    window_.sent(wanted_[sent_].octets);
  }
  if (sent_ != before) co_await connection_.send(std::move(commands), sent_ - before);
}

asio::awaitable<Answer<void>> Pop3Session::Retrieval::receive(std::size_t index) {
  const auto answer = co_await connection_.accepted("RETR");
  if (!answer && answer.error().kind == Refusal::protocol)
    co_return std::unexpected(answer.error());
  confirm();
  if (!answer) {
    refused(index, answer.error());
    co_return Answer<void>();
  }
  given();
  sink_.begin(index);
  const Answer<std::uint64_t> octets = co_await body();
  if (!octets) co_return std::unexpected(octets.error());
  if (sink_.state() == MessageSink::State::broken) co_return Answer<void>();
  if (fits(*octets, wanted_[index].octets)) {
    if (!std::exchange(judged_, true)) sizes_right_ = true;
    sink_.end();
  } else if (sent_ > index + 1) {
    Pop3Memory* memory = session_.settings_.memory;
    if (memory != nullptr) memory->sizes = Pop3Memory::Sizes::doubted;
    co_return std::unexpected(
        Refused{Refusal::doubtful, "RETR", "a message of another size than announced"});
  } else {
    unconfirmed_ = true;
    judged_ = true;
    if (!wanted_[index].alone) sizes_right_ = false;
  }
  co_return Answer<void>();
}

void Pop3Session::Retrieval::refused(std::size_t index, const Refused& why) {
  session_.last_refusal_ = about(index, why);
  sink_.refused(index, session_.last_refusal_);
  ++refusals_;
  Pop3Memory* memory = session_.settings_.memory;
  if (memory != nullptr && all_refused()) memory->fetching = Pop3Memory::Fetching::refused;
}

void Pop3Session::Retrieval::given() {
  refusals_ = 0;
  Pop3Memory* memory = session_.settings_.memory;
  if (memory != nullptr) memory->fetching = Pop3Memory::Fetching::given;
}

asio::awaitable<Answer<std::uint64_t>> Pop3Session::Retrieval::body() {
  const std::uint64_t limit = session_.settings_.message_limit;
  std::uint64_t octets = 0;
  bool ended = false;
  while (!ended) {
    ended = co_await connection_.body_block([&](std::string_view piece) {
      octets += piece.size();
      if (octets <= limit) sink_.octets(piece);
    });
    if (octets > limit) {
      co_return std::unexpected(
          Refused{Refusal::too_large, "RETR", "it is beyond the limit, or has no end"});
    }
    if (sink_.state() == MessageSink::State::full && !ended) co_await sink_.drained();
    if (sink_.state() == MessageSink::State::broken) break;
  }
  co_return octets;
}

void Pop3Session::Retrieval::confirm() {
  if (std::exchange(unconfirmed_, false)) sink_.end();
}

asio::awaitable<Answer<Pop3Session::Retrieved>> Pop3Session::retrieve(
    std::span<const Wanted> wanted, MessageSink& sink) {
  Retrieval retrieval(*this, wanted, sink);
  co_return co_await retrieval.run();
}

asio::awaitable<Answer<std::size_t>> Pop3Session::remove(std::span<const std::uint32_t> numbers) {
  Pop3Window window;
  std::size_t sent = 0;
  std::size_t accepted = 0;
  for (std::size_t index = 0; index < numbers.size(); ++index) {
    const bool ahead = pipelining() && sent < numbers.size() && window.wants_more();
    if (sent == index || ahead) {
      std::string commands;
      const std::size_t before = sent;
      do {
        commands += "DELE " + std::to_string(numbers[sent]) + "\r\n";
        window.sent(0);
        ++sent;
      } while (sent < numbers.size() && pipelining() && window.open());
      co_await connection_.send(std::move(commands), sent - before);
    }
    const auto answer = co_await connection_.accepted("DELE");
    window.answered(0);
    if (answer) {
      ++accepted;
    } else if (answer.error().kind == Refusal::protocol) {
      co_return std::unexpected(answer.error());
    }
  }
  co_return accepted;
}

}  // namespace postern::upstream
