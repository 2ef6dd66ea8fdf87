#include "proxy/imap/uid_batches.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "proxy/imap/session.h"

namespace postern::imap {
namespace {

/// RFC 10022 section 3.1: what a server has to take at least.
constexpr std::uint32_t smallest_batch = 500;

}  // namespace

std::vector<UidSet::Range> uid_batches(const store::Snapshot& view, std::uint32_t size,
                                       std::uint32_t first, std::uint32_t last) {
  std::vector<UidSet::Range> batches;
  const std::uint32_t count = view.size();
  for (std::uint64_t number = first; number <= last; ++number) {
    const std::uint64_t behind = (number - 1) * size;
    if (behind >= count) break;
    const auto newest = static_cast<std::uint32_t>(count - behind);
    // A batch reaches down to the one below it, so that all UIDs are in one.
    const Uid high =
        number == 1 ? view.at(SeqNum(count)).uid : Uid(view.at(SeqNum(newest + 1)).uid.value - 1);
    const Uid low = newest > size ? view.at(SeqNum(newest - size + 1)).uid : Uid(1);
    batches.push_back({low, high});
  }
  return batches;
}

/// RFC 10022 section 3.1. The newest messages come first, and nothing of it is saved for `$`.
asio::awaitable<Answer> Session::run(const wire::imap::command::UidBatches& command) {
  const auto [first, last] = command.range.value_or(std::pair{1U, 0xffffffffU});
  if (first > last) co_return Answer::bad("A range of batches rises", "CLIENTBUG");
  if (command.size < smallest_batch)
    co_return Answer::no("TOOFEW", fmt::format("A batch has {} messages at least", smallest_batch));
  std::string line = "* UIDBATCHES (TAG ";
  wire::imap::append_string(line, tag_);
  line += ')';
  char before = ' ';
  for (const UidSet::Range& batch : uid_batches(view_->snapshot(), command.size, first, last)) {
    line += std::exchange(before, ',');
    line += fmt::format("{}:{}", batch.last.value, batch.first.value);
  }
  co_await send(line + "\r\n");
  co_return Answer::ok("UIDBATCHES completed");
}

}  // namespace postern::imap
