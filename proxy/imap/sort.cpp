#include <algorithm>
#include <memory>
#include <span>
#include <stop_token>
#include <utility>

#include "proxy/imap/message_keys.h"
#include "proxy/imap/session.h"
#include "proxy/imap/sort_order.h"
#include "proxy/imap/turn.h"

namespace postern::imap {
namespace {

/// Between two looks at the clock.
constexpr std::size_t slice_bodies = 250;

/// Loads what is not at hand; one turn at a time works on it.
struct Loading {
  std::shared_ptr<store::KeyCache> cache;
  store::KeyCache::Wanted wanted;
  std::vector<BodyId> bodies;
  std::size_t at = 0;

  void go_on(store::Reader& reader, const Turn& turn) {
    while (at < bodies.size()) {
      const std::size_t count = std::min(slice_bodies, bodies.size() - at);
      cache->load(reader, std::span(bodies).subspan(at, count), wanted);
      at += count;
      if (turn.over()) return;
    }
  }
};

}  // namespace

/// Afterwards keys_ has what is wanted of all these messages. An answer if that failed.
asio::awaitable<std::optional<Answer>> Session::load_keys(std::shared_ptr<const Found> found,
                                                          store::KeyCache::Wanted wanted) {
  keys_ = account()->key_cache();
  auto loading = std::make_shared<Loading>(Loading{keys_, wanted, {}});
  auto look = [loading, found] {
    loading->bodies = loading->cache->lacking(bodies_of(*found), loading->wanted);
  };
  auto looked = co_await access::compute(account(), std::move(look));
  if (!looked) co_return failed(looked.error());
  const std::stop_token closing = account()->closing();
  while (loading->at < loading->bodies.size()) {
    auto work = [loading, closing](store::Reader& reader) {
      loading->go_on(reader, Turn(closing));
    };
    const auto outcome = co_await access::read(account(), std::move(work));
    if (!outcome) co_return failed(outcome.error());
    co_await expect_client({loading->at, loading->bodies.size()});
  }
  co_return std::nullopt;
}

/// The same messages in this order.
asio::awaitable<std::expected<Found, Answer>> Session::sort(
    Found found, std::vector<wire::imap::SortCriterion> order) {
  auto unsorted = std::make_shared<const Found>(std::move(found));
  if (const auto wanted = wanted_keys(order)) {
    if (auto failure = co_await load_keys(unsorted, *wanted))
      co_return std::unexpected(std::move(*failure));
  } else {
    keys_ = account()->key_cache();
  }
  auto work = [unsorted, order = std::move(order), cache = keys_] {
    std::vector<SortColumn> compared;
    cache->look([&](const store::KeyCache::Content& content) {
      compared = columns(*unsorted, order, content);
    });
    Found sorted{unsorted->view, {}, {}};
    sorted.messages.reserve(unsorted->messages.size());
    for (const std::uint32_t place : sort_order(compared, unsorted->messages.size())) {
      sorted.messages.push_back(unsorted->messages[place]);
      if (!unsorted->relevancy.empty()) sorted.relevancy.push_back(unsorted->relevancy[place]);
    }
    return sorted;
  };
  auto sorted = co_await access::compute(account(), std::move(work));
  if (!sorted) co_return std::unexpected(failed(sorted.error()));
  co_return std::move(*sorted);
}

asio::awaitable<Answer> Session::run(const wire::imap::command::Sort& command) {
  auto found = co_await find(command);
  if (found) found = co_await weigh(command, command.order, std::move(*found));
  if (found) found = co_await sort(std::move(*found), command.order);
  if (!found) co_return refused(command, std::move(found.error()));
  co_return co_await answer(command, std::move(*found), "SORT", command.order);
}

}  // namespace postern::imap
