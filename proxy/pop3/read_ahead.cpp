#include "proxy/pop3/read_ahead.h"

#include <algorithm>
#include <utility>

#include <asio/post.hpp>

#include "sync/net/completion.h"
#include "sync/wire/byte_stuffing.h"

namespace postern::pop3 {

namespace {

constexpr std::uint64_t batch_octets = 256UL * 1024;
constexpr std::uint32_t batch_messages = 64;

struct Item {
  BodyId body;
  std::uint32_t octets;
};

std::string answer_of(store::Reader& reader, const Item& item, std::string& scratch) {
  scratch.clear();
  reader.read_body(item.body, 0, item.octets, scratch);
  std::string answer = retrieve_line(item.octets);
  answer.reserve(answer.size() + scratch.size() + scratch.size() / 64 + 16);
  wire::ByteStuffer stuffer;
  stuffer.append(scratch, answer);
  stuffer.finish(answer);
  return answer;
}

}  // namespace

struct ReadAhead::Batch {
  SeqNum first;
  SeqNum last;
  std::optional<store::Outcome<std::vector<std::string>>> answers;
  std::function<void(std::monostate)> waiter;

  [[nodiscard]] bool holds(SeqNum number) const { return first <= number && number <= last; }
};

ReadAhead::ReadAhead(asio::any_io_executor executor, std::shared_ptr<store::Account> account,
                     store::SnapshotPtr snapshot)
    : executor_(std::move(executor)),
      account_(std::move(account)),
      snapshot_(std::move(snapshot)) {}

SeqNum ReadAhead::end_of_batch(SeqNum first, SeqNum at_most) const {
  std::uint64_t octets = 0;
  SeqNum last = first;
  snapshot_->for_range(first, at_most, [&](SeqNum number, const store::Entry& entry) {
    const bool fits = octets + entry.octets <= batch_octets && last.next() >= number;
    if (number != first && !fits) return;
    octets += entry.octets;
    last = number;
  });
  return last;
}

ReadAhead::BatchPtr ReadAhead::begin(SeqNum first, SeqNum at_most) const {
  auto batch = std::make_shared<Batch>();
  batch->first = first;
  batch->last = end_of_batch(first, at_most);
  std::vector<Item> items;
  snapshot_->for_range(first, batch->last, [&](SeqNum, const store::Entry& entry) {
    items.push_back({entry.body, entry.octets});
  });
  account_->read(
      // The snapshot keeps the bodies from being reclaimed until they are read.
      [items = std::move(items), snapshot = snapshot_](store::Reader& reader) {
        std::vector<std::string> answers;
        answers.reserve(items.size());
        std::string scratch;
        for (const Item& item : items) answers.push_back(answer_of(reader, item, scratch));
        return answers;
      },
      [batch, executor = executor_](store::Outcome<std::vector<std::string>> outcome) {
        asio::post(executor, [batch, result = std::move(outcome)]() mutable {
          batch->answers.emplace(std::move(result));
          if (batch->waiter) std::exchange(batch->waiter, nullptr)({});
        });
      });
  return batch;
}

void ReadAhead::go_on_after(const Batch& batch) {
  const SeqNum first = batch.last.next();
  if (first.value > snapshot_->size() || snapshot_->at(first).octets > small_octets) return;
  const SeqNum at_most(std::min(snapshot_->size(), first.value + batch_messages - 1));
  next_ = begin(first, at_most);
}

asio::awaitable<store::Outcome<std::string_view>> ReadAhead::answer(SeqNum number) {
  const bool in_order = number == last_asked_.next() || last_asked_ == SeqNum(0);
  last_asked_ = number;
  if (!current_ || !current_->holds(number)) {
    if (next_ && next_->holds(number)) {
      current_ = std::exchange(next_, nullptr);
    } else {
      next_.reset();
      const std::uint32_t ahead = in_order ? batch_messages - 1 : 0;
      current_ = begin(number, SeqNum(std::min(snapshot_->size(), number.value + ahead)));
    }
  }
  const BatchPtr batch = current_;
  if (in_order && !next_) go_on_after(*batch);
  if (!batch->answers) {
    auto start = [batch](auto done) { batch->waiter = done; };
    co_await net::completion<std::monostate>(start);
  }
  if (!*batch->answers) {
    current_.reset();
    co_return std::unexpected(batch->answers->error());
  }
  // Left in place: a mail program may ask again.
  co_return std::string_view((**batch->answers)[number.value - batch->first.value]);
}

std::string retrieve_line(std::uint32_t octets) {
  return "+OK " + std::to_string(octets) + " octets\r\n";
}

}  // namespace postern::pop3
