#include "sync/engine/fetch.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "sync/base/log.h"
#include "sync/engine/delivery_date.h"
#include "sync/engine/header_hash.h"
#include "sync/engine/intake.h"
#include "sync/engine/kept_alive.h"
#include "sync/engine/placeholder.h"
#include "sync/engine/refusal_words.h"
#include "sync/engine/store_work.h"
#include "sync/net/error.h"

namespace postern::engine {

namespace {

using store::OriginState;
using upstream::Answer;
using upstream::Pop3Session;

/// A message that was announced as small and does not end is large after so many failures.
constexpr std::uint32_t patience = 5;

/// So many refusals in a row are enough of one session.
constexpr std::uint64_t most_refusals = 5;
/// A message that was put off so often is to blame itself.
constexpr unsigned most_put_off = 4;

/// What ends a conversation, rather than being said about a message in it.
bool ends_conversation(const upstream::Refused& why) {
  using upstream::Refusal;
  return why.kind == Refusal::protocol || why.kind == Refusal::too_large ||
         why.kind == Refusal::doubtful;
}

/// Said about a message, and meant of any: ask later.
bool passes(const upstream::Refused& why) {
  using upstream::Refusal;
  return why.kind == Refusal::sys_temp || why.kind == Refusal::throttled ||
         why.kind == Refusal::in_use ||
         (why.kind == Refusal::other && hint_of(why.words) == Hint::throttled);
}

/// Where the ones begin after which nothing came.
std::size_t last_row(const std::vector<std::size_t>& refusals) {
  if (refusals.empty()) return 0;
  std::size_t first = refusals.size() - 1;
  while (first > 0 && refusals[first - 1] + 1 == refusals[first]) --first;
  return first;
}

/// What an intake needs; it may outlive the poll.
struct Held {
  Held(std::shared_ptr<const Texts> t, std::vector<FetchItem> i)
      : texts(std::move(t)), items(std::move(i)) {}
  std::shared_ptr<const Texts> texts;
  std::vector<FetchItem> items;
};

/// Writes that are under way may end after the poll was cancelled.
struct Silenced {
  Intake& intake;
  ~Silenced() {
    intake.on_progress([] {});
  }
};

}  // namespace

bool deletes_expunged(const config::Source& source) {
  return source.keep_on_server.rule == config::KeepOnServer::Rule::until_deleted;
}

asio::awaitable<Answer<void>> Fetch::all(std::vector<FetchItem> items) {
  if (items.empty()) co_return Answer<void>();
  put_off_last(items);
  const std::vector<Pop3Session::Wanted> wanted = announce(items);
  IntakeSettings settings{parts_.source.key(), deletes_expunged(parts_.source), MailboxId(0),
                          parts_.absent};
  settings.mailbox = co_await destination();
  const auto held = std::make_shared<const Held>(parts_.texts, std::move(items));
  const Intake::Items shared(held, &held->items);
  auto intake = std::make_shared<Intake>(parts_.executor, parts_.account, settings, shared);
  const Silenced silenced{*intake};
  intake->on_progress([this, source = intake.get()] {
    progress_.messages_done = source->committed();
    progress_.octets_done = source->received_octets();
    parts_.progressed(progress_);
  });
  Answer<void> answer;
  bool all_refused = false;
  std::exception_ptr lost;
  try {
    const auto retrieved = co_await session_.retrieve(wanted, *intake);
    all_refused = retrieved && *retrieved == Pop3Session::Retrieved::refused;
    if (!retrieved) answer = std::unexpected(retrieved.error());
    cut_short_ = cut_short_ || (retrieved && *retrieved == Pop3Session::Retrieved::cut_short);
  } catch (const net::Error& error) {
    if (error.kind() == net::ErrorKind::cancelled) throw;
    lost = std::current_exception();
  }
  // What came before the trouble is kept; what ended the session comes last next time.
  const bool put_off = all_refused && passes(session_.last_refusal());
  std::vector<FetchItem> failed = to_blame(*intake, *shared, put_off ? Row::put_off : Row::meant);
  if (answer && !lost && !all_refused) parts_.put_off.clear();
  if (const auto awaited = intake->awaited(); awaited && (lost || !answer))
    failed.push_back((*shared)[*awaited]);
  // Only a session that is in step can be spoken to.
  const bool in_step = answer && !lost && intake->state() != Intake::State::broken;
  auto finished = intake->finish();
  if (in_step) finished = kept_alive(session_, std::move(finished));
  try {
    co_await std::move(finished);
  } catch (const net::Error& error) {
    if (error.kind() == net::ErrorKind::cancelled) throw;
    lost = std::current_exception();
  }
  committed_ += intake->committed();
  news_ += intake->news();
  refused_ += intake->refusals().size();
  if (intake->failure()) throw store::StoreFailure(*intake->failure());
  // A server that ends each session after some messages does so with any message.
  for (FetchItem& item : failed)
    if (item.failures != 0 && committed_ != 0) --item.failures;
  co_await record(std::move(failed));
  if (lost) std::rethrow_exception(lost);
  // A few messages that are refused, each for itself, are passed over.
  if (put_off || (all_refused && intake->refusals().size() >= most_refusals))
    co_return std::unexpected(session_.last_refusal());
  co_return answer;
}

std::vector<Pop3Session::Wanted> Fetch::announce(const std::vector<FetchItem>& items) {
  progress_.messages_done = progress_.octets_done = 0;
  progress_.messages_total = items.size();
  progress_.octets_total = 0;
  std::vector<Pop3Session::Wanted> wanted;
  wanted.reserve(items.size());
  for (const FetchItem& item : items) {
    progress_.octets_total += item.octets;
    wanted.push_back({item.number, item.failures != 0, item.octets});
  }
  return wanted;
}

void Fetch::put_off_last(std::vector<FetchItem>& items) const {
  std::ranges::stable_partition(items, [this](const FetchItem& item) {
    return !parts_.put_off.contains(std::string(item.key));
  });
}

/// In a row that was put off, one whose turn came last, after others that did come, is refused for
/// itself.
std::vector<FetchItem> Fetch::to_blame(const Intake& intake, const std::vector<FetchItem>& items,
                                       Row row) const {
  const std::vector<std::size_t>& refusals = intake.refusals();
  const std::size_t first = row == Row::put_off ? last_row(refusals) : refusals.size();
  std::vector<FetchItem> failed;
  for (std::size_t i = 0; i < refusals.size(); ++i) {
    const FetchItem& item = items[refusals[i]];
    bool blamed = i < first || item.failures != 0;
    if (!blamed) {
      const unsigned before = parts_.put_off[std::string(item.key)]++;
      blamed = before >= most_put_off || (before != 0 && intake.received_octets() != 0);
    }
    if (blamed) failed.push_back(item);
  }
  return failed;
}

asio::awaitable<Answer<void>> Fetch::each(std::vector<FetchItem> items) {
  std::uint64_t in_a_row = 0;
  for (FetchItem& item : items) {
    item.failures = std::max(item.failures, 1U);
    std::string shown;
    if (item.octets > parts_.message_limit || item.failures > 1) {
      auto asked = co_await header_of(item);
      if (!asked) co_return std::unexpected(asked.error());
      shown = std::move(*asked);
    }
    std::vector<FetchItem> alone{item};
    const std::uint64_t refused_before = refused_;
    const Answer<void> answer = co_await all(std::move(alone));
    in_a_row = refused_ == refused_before ? 0 : in_a_row + 1;
    if (in_a_row == most_refusals) break;
    if (!answer && !ends_conversation(answer.error())) continue;
    // An answer without an end is no large message, unless it happens again and again.
    const bool large = item.octets > parts_.message_limit || item.failures >= patience;
    if (!answer && answer.error().kind == upstream::Refusal::too_large && large)
      co_await put_placeholder(item, std::move(shown));
    if (!answer) co_return answer;
  }
  co_return Answer<void>();
}

asio::awaitable<Answer<void>> Fetch::placeholders(std::vector<FetchItem> items) {
  for (const FetchItem& item : items) {
    auto asked = co_await header_of(item);
    if (!asked) co_return std::unexpected(asked.error());
    co_await put_placeholder(item, std::move(*asked));
  }
  co_return Answer<void>();
}

asio::awaitable<MailboxId> Fetch::destination() {
  const std::string& name = parts_.source.deliver_to;
  if (const auto tree = parts_.account->tree(); const auto* mailbox = tree->find(name))
    co_return mailbox->id;
  auto work = [name](store::Transaction& transaction) {
    return transaction.create_mailbox(name, store::SpecialUse::none);
  };
  const auto created = co_await write(*parts_.account, std::move(work));
  if (!created) {
    throw store::StoreFailure(store::FailureKind::bug,
                              "the mailbox of `deliver_to` cannot be created");
  }
  co_return created->id;
}

asio::awaitable<void> Fetch::record(std::vector<FetchItem> failed) {
  if (failed.empty()) co_return;
  for (const FetchItem& item : failed) {
    log::info("source", "{}: message {} of {} octets could not be fetched, {} times by now",
              parts_.source.key(), item.number, item.octets, item.failures + 1);
  }
  std::vector<store::FetchFailure> failures;
  for (const FetchItem& item : failed) {
    const std::uint32_t count = item.failures + 1;
    failures.push_back({std::string(item.key), count, next_try(count, wall_now())});
  }
  auto work = [failures = std::move(failures), key = parts_.source.key(),
               expunged = deletes_expunged(parts_.source)](store::Transaction& transaction) {
    const SourceId source = transaction.source(key, expunged);
    for (const store::FetchFailure& failure : failures)
      transaction.set_fetch_failure(source, failure);
  };
  co_await write(*parts_.account, std::move(work));
}

/// A message that breaks the connection may do so with its header already.
asio::awaitable<Answer<std::string>> Fetch::header_of(FetchItem item) {
  std::exception_ptr lost;
  try {
    auto shown = co_await header(item.number);
    if (shown) co_return shown;
  } catch (const net::Error& error) {
    if (error.kind() == net::ErrorKind::cancelled) throw;
    lost = std::current_exception();
  }
  std::vector<FetchItem> failed{item};
  co_await record(std::move(failed));
  if (lost) std::rethrow_exception(lost);
  co_return std::unexpected(upstream::Refused{upstream::Refusal::protocol, "TOP", ""});
}

asio::awaitable<Answer<std::string>> Fetch::header(std::uint32_t number) {
  std::string shown;
  const std::vector<std::uint32_t> numbers{number};
  Pop3Session::OnHeader on_header = [&shown](std::size_t /*index*/, std::string_view octets) {
    shown = octets;
  };
  const auto answered = co_await session_.headers(numbers, std::move(on_header));
  if (!answered) co_return std::unexpected(answered.error());
  co_return shown;
}

asio::awaitable<bool> Fetch::has_placeholder(FetchItem item, store::HeaderHash header) {
  const auto known = parts_.absent ? parts_.absent->claim_placeholder(item.octets, header)
                                   : std::optional<OriginId>();
  if (!known) co_return false;
  auto work = [rebinding = store::Rebinding{*known, std::string(item.key), item.octets},
               key = parts_.source.key(),
               expunged = deletes_expunged(parts_.source)](store::Transaction& transaction) {
    transaction.rebind(transaction.source(key, expunged), {rebinding});
  };
  co_await write(*parts_.account, std::move(work));
  co_return true;
}

asio::awaitable<void> Fetch::put_placeholder(FetchItem item, std::string header) {
  const bool known = co_await has_placeholder(item, header_hash(header));
  if (known) co_return;
  const MailboxId mailbox = co_await destination();
  log::info("source", "{}: message {} of {} octets is beyond the limit and stays there",
            parts_.source.key(), item.number, item.octets);
  auto compose = [spool = parts_.account->spool(), header, octets = item.octets,
                  limit = parts_.message_limit, where = parts_.source.key()] {
    store::IncomingBody body(spool);
    body.feed(placeholder_message({header, octets, limit, where}));
    return body.finish();
  };
  store::NewBody body = co_await compute(*parts_.account, std::move(compose));
  auto work = [body = std::move(body), uidl = std::string(item.key), octets = item.octets, header,
               mailbox, limit = parts_.message_limit, key = parts_.source.key(),
               expunged = deletes_expunged(parts_.source),
               now = wall_now()](store::Transaction& transaction) mutable -> store::Result<bool> {
    const SourceId source = transaction.source(key, expunged);
    const auto delivered = transaction.deliver(source, mailbox, body,
                                               {.uidl = uidl,
                                                .date = delivery_date(header, now),
                                                .now = now,
                                                .announced = octets,
                                                .header_hash = header_hash(header),
                                                .state = OriginState::skipped,
                                                .exceeds = limit});
    if (!delivered) return std::unexpected(delivered.error());
    return delivered->has_value();
  };
  const auto stored = co_await write(*parts_.account, std::move(work));
  if (!stored) {
    throw store::StoreFailure(store::FailureKind::bug,
                              "the mailbox that mail is delivered to takes none");
  }
  ++committed_;
  if (*stored) ++news_;
}

}  // namespace postern::engine
