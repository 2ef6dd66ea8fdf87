// The half of Poll that talks to the store: reads what is recorded, makes the plan, commits what
// follows.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sync/base/log.h"
#include "sync/engine/poll.h"
#include "sync/engine/refused_poll.h"
#include "sync/engine/relink.h"
#include "sync/engine/store_work.h"
#include "sync/engine/watch.h"

namespace postern::engine {

namespace {

using store::Origin;
using store::OriginState;
using upstream::Pop3Session;
using wire::pop3::Listing;

/// How far the clocks may drift apart between two polls.
constexpr std::chrono::minutes clock_tolerance{5};
/// How long a listing that lost too much has to stay the same until it is believed.
constexpr std::chrono::minutes loss_confirmation{10};

/// Where a header was all that was asked for when the connection broke, bodies tell for so long.
constexpr std::chrono::hours without_headers{24};

std::chrono::sys_days day_of(WallTime time) {
  return std::chrono::floor<std::chrono::days>(time);
}

/// The server answered CAPA, and left UIDL out.
bool says_no_uidl(const wire::pop3::Capabilities& capabilities) {
  using Name = wire::pop3::Capabilities::Name;
  const bool answered = capabilities.has(Name::user) || capabilities.has(Name::top) ||
                        capabilities.has(Name::pipelining) || !capabilities.mechanisms().empty();
  return answered && !capabilities.has(Name::uidl);
}

/// A live message that was recorded under an id that the server gave.
bool has_real_id(const Origin& origin) {
  return origin.state != OriginState::gone && !origin.uidl.empty() &&
         !origin.uidl.starts_with('\0');
}

/// Remembers what a server did when it was asked for headers, and for bodies only to look at them.
struct TopWatch {
  const Relink& relink;
  PollMemory& memory;
  std::vector<store::BodyHash>& looked_at;
  ~TopWatch() {
    if (relink.asking()) memory.top_broke = std::chrono::steady_clock::now();
    looked_at.insert(looked_at.end(), relink.looked_at().begin(), relink.looked_at().end());
  }
};

/// Where messages go that are gone upstream; 0: it has to be made.
MailboxId trash_of(const store::MailboxTree& tree) {
  const auto found =
      std::ranges::find(tree.mailboxes, store::SpecialUse::trash, &store::MailboxInfo::special_use);
  if (found != tree.mailboxes.end()) return found->id;
  const store::MailboxInfo* named = tree.find("Trash");
  return named == nullptr ? MailboxId(0) : named->id;
}

}  // namespace

asio::awaitable<Poll::Recorded> Poll::recorded(std::string key) {
  auto work = [key = std::move(key)](store::Reader& reader) {
    return Recorded{reader.origins(key), reader.fetch_failures(key),
                    reader.source_record(key).value_or(store::SourceRecord())};
  };
  co_return co_await read(*parts_.account, std::move(work));
}

asio::awaitable<std::vector<FormerSource>> Poll::formers() {
  using Keys = std::vector<std::string>;
  auto work = [own = parts_.source.key(),
               configured = parts_.configured == nullptr ? Keys() : *parts_.configured](
                  store::Reader& reader) {
    std::vector<FormerSource> formers;
    for (std::string& key : reader.source_keys()) {
      if (key == own || std::ranges::find(configured, key) != configured.end()) continue;
      std::vector<Origin> origins = reader.origins(key);
      if (!origins.empty()) formers.push_back({std::move(key), std::move(origins)});
    }
    return formers;
  };
  co_return co_await read(*parts_.account, std::move(work));
}

bool Poll::is_configured(const std::string& key) const {
  const auto* keys = parts_.configured;
  return keys != nullptr && std::ranges::find(*keys, key) != keys->end();
}

asio::awaitable<Poll::Recorded> Poll::recorded_or_adopted(Pop3Session& session,
                                                          const Listing& listing) {
  const std::string key = parts_.source.key();
  Recorded own = co_await recorded(key);
  if (!own.origins.empty() || listing.messages.empty()) co_return own;
  const std::vector<FormerSource> formers = co_await this->formers();
  if (formers.empty()) co_return own;
  Relink relink(session, *parts_.account, top());
  const TopWatch watch{relink, parts_.memory, looked_at_};
  auto answer = co_await relink.former(listing, formers);
  const std::optional<std::size_t> found = accepted(std::move(answer));
  if (!found) co_return own;
  const std::string former = formers[*found].key;
  // The operator may have written it again meanwhile.
  if (is_configured(former)) co_return own;
  note(fmt::format("this is the mailbox that was {}: what is here of it is not fetched again",
                   former));
  if (parts_.wish == PollWish::dry_run) {
    Recorded adopted = co_await recorded(former);
    adopted.source.full_sync = false;
    co_return adopted;
  }
  auto work = [former, key](store::Transaction& transaction) {
    return transaction.adopt_source(former, key);
  };
  (void)co_await write(*parts_.account, std::move(work));
  co_return co_await recorded(key);
}

Relink::Top Poll::top() const {
  const auto& broke = parts_.memory.top_broke;
  const bool broken = broke && std::chrono::steady_clock::now() - *broke < without_headers;
  return broken ? Relink::Top::is_broken : Relink::Top::may_be_asked;
}

asio::awaitable<Evidence> Poll::recognise(Pop3Session& session, const Listing& listing,
                                          const Recorded& recorded) {
  if (listing.ids == wire::pop3::Ids::none && !says_no_uidl(session.capabilities()) &&
      std::ranges::any_of(recorded.origins, has_real_id))
    throw RefusedPoll{{upstream::Refusal::no_uidl, "UIDL", listing.flaw}};
  Relink relink(session, *parts_.account, top());
  const TopWatch watch{relink, parts_.memory, looked_at_};
  const auto before = recorded.source.relinking ? Relink::Before::relinking : Relink::Before::done;
  auto found = co_await relink.run(listing, recorded.origins, before);
  Evidence evidence = accepted(std::move(found));
  if (evidence.by_bodies)
    note(
        "the server has no lasting ids for its messages, tells other sizes or another order of "
        "them "
        "than before, and shows no headers (TOP) that tell them apart: each poll downloads all of "
        "them to compare, until the order tells again");
  co_return evidence;
}

Plan Poll::plan(const Listing& listing, const Recorded& recorded, const Evidence& evidence) {
  const WallTime now = wall_now();
  const WallTime since = recorded.source.suspicious_since;
  const bool confirmed = since != WallTime() && now - since >= loss_confirmation;
  return make_plan({.listing = listing,
                    .known = recorded.origins,
                    .evidence = evidence,
                    .failures = recorded.failures,
                    .keep = parts_.source.keep_on_server,
                    .now = now,
                    .message_limit = parts_.message_limit,
                    .full_sync_before = recorded.source.full_sync,
                    .loss_confirmed = confirmed,
                    .watched = watched(recorded.source, now, boot_now()).watched});
}

store::SourceRecord after_listing(store::SourceRecord record, wire::pop3::Reliability reliability,
                                  const Plan& plan, WallTime now) {
  if (reliability != wire::pop3::Reliability::complete) return record;
  if (!plan.suspicious || !plan.mark_gone.empty()) {
    record.suspicious_since = WallTime();
  } else if (record.suspicious_since == WallTime() || record.suspicious_since > now) {
    record.suspicious_since = now;
  }
  if (day_of(record.listed_at) == day_of(now)) return record;
  // A clock that was set back makes everything seen so far worthless.
  record.listed_before = record.listed_at < now ? record.listed_at : WallTime();
  record.listed_at = now;
  return record;
}

asio::awaitable<void> Poll::settle(const Plan& plan, store::SourceRecord before,
                                   store::SourceRecord record) {
  const bool news = record != before || !plan.rebind.empty() || !plan.mark_gone.empty() ||
                    !plan.settled.empty() || !plan.sizes.empty() || plan.forget;
  if (!news) co_return;
  auto work = [rebind = plan.rebind, gone = plan.mark_gone, settled = plan.settled,
               sizes = plan.sizes, forget = plan.forget, record, key = parts_.source.key(),
               expunged = deletes_expunged(parts_.source),
               now = wall_now()](store::Transaction& transaction) {
    const SourceId source = transaction.source(key, expunged);
    // What goes now goes at the time of this record.
    transaction.set_source_record(source, record);
    transaction.set_origin_state(source, gone, OriginState::gone, now);
    transaction.rebind(source, rebind);
    for (const std::string& uidl : settled) transaction.set_fetch_failure(source, {uidl, 0, {}});
    for (const auto& [origin, octets] : sizes) transaction.set_origin_size(source, origin, octets);
    if (forget) transaction.forget_origins(source, now - forget_after, forget_after);
  };
  co_await write(*parts_.account, std::move(work));
}

Vanished Poll::vanished(const Recorded& recorded, ListingWorth worth) const {
  using Operator = VanishedInput::Operator;
  const bool confirmed = parts_.wish == PollWish::confirm_removals;
  return judge_vanished({.known = recorded.origins,
                         .listing = worth,
                         .rule = parts_.source.gone_upstream,
                         .wait = parts_.source.gone_upstream_after,
                         .said = confirmed ? Operator::confirmed : Operator::silent,
                         .now = wall_now(),
                         .clock_trusted = clock_trusted(),
                         .listed_before = recorded.source.listed_before});
}

asio::awaitable<void> Poll::settle(const Vanished& vanished) {
  if (vanished.news()) co_await commit(vanished);
  note_vanished(vanished);
}

asio::awaitable<void> Poll::commit(const Vanished& vanished) {
  const auto tree = parts_.account->tree();
  const store::MailboxInfo* delivered = tree->find(parts_.source.deliver_to);
  const MailboxId from = delivered == nullptr ? MailboxId(0) : delivered->id;
  auto work = [vanished, from, trash = trash_of(*tree), key = parts_.source.key(),
               expunged = deletes_expunged(parts_.source)](
                  store::Transaction& transaction) -> store::Result<std::size_t> {
    const SourceId source = transaction.source(key, expunged);
    for (std::size_t i = 0; i < vanished.missed.size(); ++i)
      transaction.set_origin_lacking(source, vanished.missed[i], static_cast<std::int32_t>(i + 1));
    transaction.set_origin_lacking(source, vanished.settled, store::not_counted);
    if (vanished.trash.empty()) return std::size_t{0};
    MailboxId to = trash;
    if (to == MailboxId(0)) {
      const auto made = transaction.create_mailbox("Trash", store::SpecialUse::trash);
      if (!made) return std::unexpected(made.error());
      to = made->id;
    }
    return transaction.move_gone(source, vanished.trash, from, to);
  };
  const auto moved = co_await write(*parts_.account, std::move(work));
  if (moved) {
    result_.trashed += *moved;
  } else {
    note("messages that are gone upstream could not be moved to the Trash; it is tried again");
  }
}

void Poll::preview(const Listing& listing, const Plan& plan, const Recorded& recorded,
                   const Evidence& evidence) {
  // As if everything came that is to be fetched.
  Plan done;
  done.suspicious = plan.suspicious || evidence.relinking;
  const Vanished vanished = this->vanished(recorded, worth_of(listing, done));
  result_.preview = preview_of(plan, vanished, listing, recorded.origins, parts_.source);
  result_.preview->note = result_.note;
  result_.unconfirmed = vanished.unconfirmed;
}

/// Only where something is to be fetched that may be one of them.
asio::awaitable<std::shared_ptr<Absent>> Poll::absent(const Plan& plan) {
  const bool wanted = !plan.fetch.empty() || !plan.retry.empty() || !plan.oversize.empty();
  if (!wanted || (plan.absent.empty() && plan.placeholders.empty())) co_return nullptr;
  auto work = [origins = plan.absent](store::Reader& reader) {
    return reader.body_hashes(origins);
  };
  const std::vector<store::BodyHash> hashes = co_await read(*parts_.account, std::move(work));
  co_return std::make_shared<Absent>(plan.absent, hashes, plan.placeholders);
}

asio::awaitable<bool> Poll::all_seen_is_here() {
  if (looked_at_.empty()) co_return true;
  auto work = [key = parts_.source.key()](store::Reader& reader) {
    std::vector<OriginId> present;
    for (const Origin& origin : reader.origins(key))
      if (origin.state != OriginState::gone) present.push_back(origin.id);
    return reader.body_hashes(present);
  };
  std::vector<store::BodyHash> here = co_await read(*parts_.account, std::move(work));
  std::ranges::sort(here);
  std::ranges::sort(looked_at_);
  co_return std::ranges::includes(here, looked_at_);
}

bool Poll::clock_trusted() const {
  const PollMemory& memory = parts_.memory;
  if (!memory.last_wall) return false;
  const auto steady = std::chrono::steady_clock::now() - memory.last_steady;
  const auto drift = std::chrono::abs((wall_now() - *memory.last_wall) - steady);
  return drift < clock_tolerance;
}

}  // namespace postern::engine
