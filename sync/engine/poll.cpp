#include "sync/engine/poll.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/format.h>
#include <asio/error.hpp>
#include <asio/system_error.hpp>

#include "sync/base/log.h"
#include "sync/engine/relink.h"
#include "sync/engine/removals.h"
#include "sync/engine/store_work.h"
#include "sync/net/error.h"

namespace postern::engine {

namespace {

using store::Origin;
using store::OriginState;
using upstream::Pop3Session;
using wire::pop3::Listing;

/// How far the clocks may drift apart between two polls.
constexpr std::chrono::minutes clock_tolerance{5};
constexpr int most_attempts = 3;
/// How long a listing that lost too much has to stay the same until it is believed.
constexpr std::chrono::minutes loss_confirmation{10};

/// A refusal that ends the poll.
struct RefusedPoll {
  upstream::Refused why;
};

template <class T>
T accepted(upstream::Answer<T> answer) {
  if (!answer) throw RefusedPoll{std::move(answer.error())};
  if constexpr (!std::is_void_v<T>) return std::move(*answer);
}

bool is_cancellation(const net::Error& error) {
  return error.kind() == net::ErrorKind::cancelled;
}

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

}  // namespace

Poll::Poll(Parts parts)
    : parts_(std::move(parts)),
      sign_on_({parts_.source, *parts_.account, parts_.memory.sign_on, parts_.tokens,
                parts_.deadlines, parts_.message_limit}) {}

asio::awaitable<PollResult> Poll::run() {
  for (int attempts = most_attempts; attempts > 0; --attempts) {
    PollResult before = std::exchange(result_, {});
    const bool only_leftovers = std::exchange(leftovers_, false);
    const Next next = co_await attempt();
    if (only_leftovers && result_.trouble) {
      // All but the messages in question went well, before.
      note("another login for messages that failed before did not succeed");
      before.note = std::move(result_.note);
      result_ = std::move(before);
      break;
    }
    result_.deleted += before.deleted;
    if (next == Next::done) break;
  }
  result_.fetched = fetched_;
  co_return std::move(result_);
}

/// A message in doubt is fetched again in a session of its own making, alone.
asio::awaitable<Poll::Next> Poll::attempt() {
  bool again = false;
  try {
    co_await converse();
  } catch (const RefusedPoll& refusal) {
    again = refusal.why.kind == upstream::Refusal::doubtful;
    result_.trouble = explain(parts_.source, refusal.why);
    if (sign_on_.worth_a_new_token(refusal.why)) co_return Next::once_more;
    if (refusal.why.kind == upstream::Refusal::auth)
      result_.credentials = refusal.why.certain ? Credentials::refused : Credentials::doubtful;
    result_.refusal = refusal.why;
  } catch (const net::Error& error) {
    if (is_cancellation(error)) throw;
    result_.trouble = explain(parts_.source, error);
  } catch (const store::StoreFailure& failure) {
    result_.trouble = explain(failure);
  } catch (const Trouble& trouble) {
    result_.trouble = trouble;
    if (trouble.state == SourceState::sign_in_needed) result_.credentials = Credentials::refused;
  } catch (const asio::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    result_.trouble = Trouble{SourceState::unreachable, error.what()};
  } catch (const std::exception& error) {
    // A moment without memory or threads must not end the source for good.
    result_.trouble = Trouble{SourceState::unreachable,
                              fmt::format("this machine is short of something: {}", error.what())};
  }
  // A server that limits logins is asked with the next poll.
  const bool may_log_in = !result_.login_delay || result_.login_delay->count() == 0;
  if (!result_.trouble && leftovers_ && may_log_in) again = true;
  co_return again ? Next::once_more : Next::done;
}

asio::awaitable<void> Poll::converse() {
  auto signed_on = co_await sign_on_.session();
  Pop3Session session = accepted(std::move(signed_on));
  result_.login_delay = session.capabilities().login_delay();
  auto listed = co_await session.listing();
  const Listing listing = accepted(std::move(listed));
  result_.listed = listing.messages.size();
  co_await carry_out(session, listing);
  if (result_.note.empty()) {
    const auto& expiry = session.capabilities().expiry();
    result_.note = retention_note(parts_.source.keep_on_server, expiry);
  }
}

asio::awaitable<void> Poll::carry_out(Pop3Session& session, const Listing& listing) {
  Recorded recorded = co_await this->recorded();
  Evidence evidence = co_await recognise(session, listing, recorded);
  Plan plan_now = plan(listing, recorded, evidence);
  note_plan(listing, plan_now);
  result_.deleted = plan_now.removals_confirmed;
  store::SourceRecord record =
      after_listing(recorded.source, listing.reliability, plan_now, wall_now());
  record.relinking = record.relinking || evidence.relinking;
  co_await settle(plan_now, recorded.source, record);

  const std::shared_ptr<Absent> absent = co_await this->absent(plan_now);
  Fetch fetch(session, {parts_.executor, parts_.source, parts_.account, parts_.progressed,
                        parts_.message_limit, absent, plan_now.texts});
  const bool busy = !plan_now.fetch.empty() || !plan_now.oversize.empty();
  std::vector<FetchItem> retries = std::exchange(plan_now.retry, {});
  const bool suspicious = plan_now.suspicious;
  for (const FetchItem& item : plan_now.fetch) evidence.named.erase(item.number);
  struct Counted {
    Fetch& fetch;
    std::uint64_t& fetched;
    ~Counted() { fetched += fetch.committed(); }
  } counted{fetch, fetched_};
  auto came = co_await fetch.all(std::move(plan_now.fetch));
  accepted(std::move(came));
  auto placed = co_await fetch.placeholders(std::move(plan_now.oversize));
  accepted(std::move(placed));
  if (fetch.refused() != 0)
    note(fmt::format("{} messages were refused by the server", fetch.refused()));

  const bool was_inert = !record.full_sync;
  store::SourceRecord after = record;
  after.full_sync = true;
  after.relinking = false;
  const bool right_away = parts_.source.keep_on_server.rule == config::KeepOnServer::Rule::never;
  // What was fetched must not make a listing that lost too much look better than it is.
  if (busy && right_away && !was_inert && !suspicious && !evidence.relinking) {
    const Recorded now_recorded = co_await this->recorded();
    plan_now = plan(listing, now_recorded, evidence);
  }
  const Plan nothing_else;
  co_await settle(nothing_else, record, after);
  co_await remove(session, plan_now);
  parts_.memory.last_wall = wall_now();
  parts_.memory.last_steady = std::chrono::steady_clock::now();

  const bool nothing_at_stake = !busy && plan_now.remove.empty();
  leftovers_ = !retries.empty() && !nothing_at_stake;
  if (!retries.empty() && nothing_at_stake) {
    const bool alive = co_await retry(fetch, std::move(retries));
    if (!alive) co_return;
  }
  co_await quit(session);
}

/// Everything is on disk. Whatever becomes of this last command, the next listing tells.
asio::awaitable<void> Poll::quit(Pop3Session& session) {
  try {
    const auto answer = co_await session.quit();
    if (!answer) {
      log::info("source", "{}: QUIT was answered with {}", parts_.source.key(),
                log::quoted(answer.error().words));
    }
  } catch (const net::Error& error) {
    if (is_cancellation(error)) throw;
    log::info("source", "{}: the answer to QUIT was lost: {}", parts_.source.key(), error.what());
  }
}

asio::awaitable<bool> Poll::retry(Fetch& fetch, std::vector<FetchItem> items) {
  const FetchItem first = items.front();
  const std::size_t count = items.size();
  try {
    const auto answer = co_await fetch.each(std::move(items));
    if (answer) co_return true;
    if (answer.error().kind == upstream::Refusal::too_large) co_return false;
  } catch (const net::Error& error) {
    if (is_cancellation(error)) throw;
  }
  note(
      fmt::format("{} messages cannot be fetched (the first is number {}, {} octets); they are "
                  "tried again, less and less often",
                  count, first.number, first.octets));
  co_return false;
}

void Poll::note(std::string text) {
  if (!result_.note.empty()) result_.note += "; ";
  result_.note += text;
}

void Poll::note_plan(const Listing& listing, const Plan& plan) {
  if (!listing.flaw.empty()) note("the server's listing is flawed: " + listing.flaw);
  if (plan.suspicious)
    note("the server lists far fewer of the known messages than before; nothing is deleted");
  if (!plan.rebind.empty())
    note(fmt::format("{} messages have other ids now and were recognised", plan.rebind.size()));
  if (plan.failing != 0)
    note(fmt::format("{} messages could not be fetched before and wait for their next try",
                     plan.failing));
  const std::size_t oversize = plan.oversize.size();
  if (oversize != 0) note(fmt::format("{} messages beyond the limit stay on the server", oversize));
}

asio::awaitable<Poll::Recorded> Poll::recorded() {
  auto work = [key = parts_.source.key()](store::Reader& reader) {
    return Recorded{reader.origins(key), reader.fetch_failures(key),
                    reader.source_record(key).value_or(store::SourceRecord())};
  };
  co_return co_await read(*parts_.account, std::move(work));
}

asio::awaitable<Evidence> Poll::recognise(Pop3Session& session, const Listing& listing,
                                          const Recorded& recorded) {
  if (listing.ids == wire::pop3::Ids::none && !says_no_uidl(session.capabilities()) &&
      std::ranges::any_of(recorded.origins, has_real_id))
    throw RefusedPoll{{upstream::Refusal::no_uidl, "UIDL", listing.flaw}};
  PollMemory& memory = parts_.memory;
  const SteadyTime now = std::chrono::steady_clock::now();
  const bool broken = memory.top_broke && now - *memory.top_broke < without_headers;
  Relink relink(session, *parts_.account,
                broken ? Relink::Top::is_broken : Relink::Top::may_be_asked);
  struct Watch {
    const Relink& relink;
    PollMemory& memory;
    SteadyTime now;
    ~Watch() {
      if (relink.asking()) memory.top_broke = now;
    }
  } watch{relink, memory, now};
  const auto before = recorded.source.relinking ? Relink::Before::relinking : Relink::Before::done;
  auto evidence = co_await relink.run(listing, recorded.origins, before);
  co_return accepted(std::move(evidence));
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
                    .clock_trusted = clock_trusted(),
                    .loss_confirmed = confirmed,
                    .listed_before = recorded.source.listed_before});
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
                    !plan.settled.empty() || plan.forget;
  if (!news) co_return;
  auto work = [rebind = plan.rebind, gone = plan.mark_gone, settled = plan.settled,
               forget = plan.forget, record, key = parts_.source.key(),
               expunged = deletes_expunged(parts_.source),
               now = wall_now()](store::Transaction& transaction) {
    const SourceId source = transaction.source(key, expunged);
    transaction.set_origin_state(source, gone, OriginState::gone, now);
    transaction.rebind(source, rebind);
    for (const std::string& uidl : settled) transaction.set_fetch_failure(source, {uidl, 0, {}});
    if (forget) transaction.forget_origins(source, now - forget_after);
    transaction.set_source_record(source, record);
  };
  co_await write(*parts_.account, std::move(work));
}

/// Only where something is to be fetched that may be one of them.
asio::awaitable<std::shared_ptr<Absent>> Poll::absent(const Plan& plan) {
  const bool wanted = !plan.fetch.empty() || !plan.retry.empty();
  if (!wanted || plan.absent.empty()) co_return nullptr;
  auto work = [origins = plan.absent](store::Reader& reader) {
    return reader.body_hashes(origins);
  };
  const std::vector<store::BodyHash> hashes = co_await read(*parts_.account, std::move(work));
  co_return std::make_shared<Absent>(plan.absent, hashes);
}

asio::awaitable<void> Poll::remove(Pop3Session& session, const Plan& plan) {
  const auto answer = co_await remove_upstream(session, parts_.account, parts_.source, plan);
  if (!answer) throw RefusedPoll{answer.error()};
  if (answer->refused != 0)
    note(fmt::format("{} of {} deletions were refused by the server; they are tried again",
                     answer->refused, answer->refused + answer->accepted));
  if (answer->damaged != 0)
    note(fmt::format("{} messages are damaged in the store and were not deleted upstream",
                     answer->damaged));
}

bool Poll::clock_trusted() const {
  const PollMemory& memory = parts_.memory;
  if (!memory.last_wall) return false;
  const auto steady = std::chrono::steady_clock::now() - memory.last_steady;
  const auto drift = std::chrono::abs((wall_now() - *memory.last_wall) - steady);
  return drift < clock_tolerance;
}

}  // namespace postern::engine
