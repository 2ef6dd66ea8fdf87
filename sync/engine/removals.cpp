#include "sync/engine/removals.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "sync/base/log.h"
#include "sync/engine/fetch.h"
#include "sync/engine/store_work.h"

namespace postern::engine {

namespace {

using store::OriginState;

/// So much is read at once, so that the store's reader is free for others in between.
constexpr std::size_t checked_together = 64;

asio::awaitable<std::unordered_set<OriginId>> damaged(store::Account& account,
                                                      const std::vector<DeleteItem>& items) {
  std::unordered_set<OriginId> found;
  for (std::size_t first = 0; first < items.size(); first += checked_together) {
    std::vector<OriginId> origins;
    const std::size_t end = std::min(items.size(), first + checked_together);
    for (std::size_t i = first; i < end; ++i) origins.push_back(items[i].origin);
    auto work = [origins = std::move(origins)](store::Reader& reader) {
      return reader.damaged(origins);
    };
    const std::vector<OriginId> some = co_await read(account, std::move(work));
    found.insert(some.begin(), some.end());
  }
  co_return found;
}

asio::awaitable<void> mark(store::Account& account, const config::Source& source,
                           std::vector<OriginId> origins, OriginState state) {
  if (origins.empty()) co_return;
  auto work = [origins = std::move(origins), state, key = source.key(),
               expunged = deletes_expunged(source),
               now = wall_now()](store::Transaction& transaction) {
    const SourceId id = transaction.source(key, expunged);
    transaction.set_origin_state(id, origins, state, now);
  };
  co_await write(account, std::move(work));
}

}  // namespace

asio::awaitable<upstream::Answer<Removals>> remove_upstream(upstream::Pop3Session& session,
                                                            std::shared_ptr<store::Account> account,
                                                            const config::Source& source,
                                                            const Plan& plan) {
  Removals removals;
  if (plan.remove.empty()) co_return removals;
  std::unordered_set<OriginId> spared;
  if (plan.remove.size() > bulk_removal) spared = co_await damaged(*account, plan.remove);
  removals.damaged = spared.size();
  if (!spared.empty()) {
    log::error("source", "{}: {} stored messages are damaged and not deleted there", source.key(),
               spared.size());
  }
  std::vector<OriginId> due = plan.mark_due;
  std::erase_if(due, [&](OriginId origin) { return spared.contains(origin); });
  co_await mark(*account, source, std::move(due), OriginState::delete_due);

  std::vector<std::uint32_t> numbers;
  std::vector<OriginId> sent;
  for (const DeleteItem& item : plan.remove) {
    if (spared.contains(item.origin)) continue;
    numbers.push_back(item.number);
    sent.push_back(item.origin);
  }
  const auto accepted = co_await session.remove(numbers);
  if (!accepted) co_return std::unexpected(accepted.error());
  removals.accepted = *accepted;
  removals.refused = numbers.size() - *accepted;
  // What was refused is tried again with the next poll, whenever that is.
  co_await mark(*account, source, std::move(sent), OriginState::delete_sent);
  co_return removals;
}

}  // namespace postern::engine
