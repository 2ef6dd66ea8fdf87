#include "sync/engine/poll.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/format.h>
#include <asio/error.hpp>
#include <asio/system_error.hpp>

#include "sync/base/log.h"
#include "sync/engine/refused_poll.h"
#include "sync/engine/removals.h"
#include "sync/engine/store_work.h"
#include "sync/engine/watch.h"
#include "sync/net/error.h"

namespace postern::engine {

namespace {

using upstream::Pop3Session;
using wire::pop3::Listing;

constexpr int most_attempts = 3;
/// How late a poll may be with what depends on time, like deleting messages of some age.
constexpr std::chrono::hours longest_rest{1};
/// The sizes of fewer messages come along sooner than they can be asked for behind the ids.
constexpr std::size_t worth_resting = 250;

bool is_cancellation(const net::Error& error) {
  return error.kind() == net::ErrorKind::cancelled;
}

/// What a Fetch committed counts, however it ends.
struct Counted {
  const Fetch& fetch;
  std::uint64_t& fetched;
  std::uint64_t& news;
  ~Counted() {
    fetched += fetch.committed();
    news += fetch.news();
  }
};

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
    const bool stored = !result_.trouble || result_.trouble->state != SourceState::store_failure;
    if (only_leftovers && result_.trouble && stored) {
      // All but the messages in question went well, before.
      note("another login for messages that failed before did not succeed");
      before.note = std::move(result_.note);
      result_ = std::move(before);
      break;
    }
    result_.deleted += before.deleted;
    result_.trashed += before.trashed;
    if (next == Next::done) break;
  }
  result_.fetched = fetched_;
  result_.news = news_;
  co_return std::move(result_);
}

/// One session; every way in which it can fail becomes part of the result. A message in doubt gets
/// a session of its own, alone.
asio::awaitable<Poll::Next> Poll::attempt() {
  using upstream::Pop3Memory;
  const bool sizes_believed = parts_.memory.sign_on.server.sizes == Pop3Memory::Sizes::believed;
  bool again = false;
  looked_at_.clear();
  try {
    co_await converse();
  } catch (const RefusedPoll& refusal) {
    const bool in_doubt = refusal.why.kind == upstream::Refusal::doubtful;
    again = in_doubt && may_log_in_again();
    if (in_doubt && !again && (fetched_ != 0 || sizes_believed)) {
      // Not worth a pause: the next session asks for this message alone.
      result_.unfinished = true;
      note(
          "a message of another size than announced came; it and the rest come with the next poll");
      co_return Next::done;
    }
    result_.trouble = explain(parts_.source, refusal.why);
    if (sign_on_.worth_a_new_token(refusal.why)) co_return Next::once_more;
    if (refusal.why.kind == upstream::Refusal::auth)
      result_.credentials = refusal.why.certain ? Credentials::refused : Credentials::doubtful;
    result_.refusal = refusal.why;
  } catch (const net::Error& error) {
    if (is_cancellation(error)) throw;
    result_.trouble = explain(parts_.source.server, error);
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
  if (!result_.trouble && leftovers_) {
    again = may_log_in_again();
    result_.unfinished = !again;
  }
  co_return again ? Next::once_more : Next::done;
}

bool Poll::may_log_in_again() const {
  return parts_.least_gap.count() == 0 &&
         result_.login_delay.value_or(parts_.least_gap).count() == 0;
}

asio::awaitable<void> Poll::converse() {
  auto signed_on = co_await sign_on_.session();
  Pop3Session session = accepted(std::move(signed_on));
  result_.logged_in = true;
  const std::optional<Listing> listing = co_await this->listing(session);
  if (!listing) {
    result_.listed = parts_.memory.rest->print.stat.count;
    result_.note = parts_.memory.rest->note;
    co_await quit(session);
    co_return;
  }
  result_.listed = listing->messages.size();
  co_await carry_out(session, *listing);
  if (result_.note.empty()) {
    const auto& expiry = session.capabilities().expiry();
    result_.note = retention_note(parts_.source.keep_on_server, expiry);
  }
  if (parts_.memory.rest) parts_.memory.rest->note = result_.note;
}

asio::awaitable<std::optional<Listing>> Poll::listing(Pop3Session& session) {
  auto rest = std::exchange(parts_.memory.rest, {});
  bool resting =
      rest && parts_.wish == PollWish::none && std::chrono::steady_clock::now() < rest->until;
  if (resting && deletes_expunged(parts_.source)) {
    auto work = [key = parts_.source.key()](store::Reader& reader) {
      return reader.origins_to_delete(key).empty();
    };
    resting = co_await read(*parts_.account, std::move(work));
  }
  if (!resting) {
    auto listed = co_await session.listing();
    result_.login_delay = session.capabilities().login_delay();
    co_return accepted(std::move(listed));
  }
  auto changed = co_await session.listing_unless(rest->print);
  result_.login_delay = session.capabilities().login_delay();
  if (!changed) throw RefusedPoll{std::move(changed.error())};
  if (!*changed) parts_.memory.rest = std::move(rest);
  co_return std::move(*changed);
}

asio::awaitable<void> Poll::carry_out(Pop3Session& session, const Listing& listing) {
  Recorded recorded = co_await recorded_or_adopted(session, listing);
  Evidence evidence = co_await recognise(session, listing, recorded);
  Plan plan_now = plan(listing, recorded, evidence);
  note_plan(listing, plan_now);
  if (parts_.wish == PollWish::dry_run) {
    preview(listing, plan_now, recorded, evidence);
    if (looked_at_.empty()) co_await quit(session);
    co_return;
  }
  result_.deleted = plan_now.removals_confirmed;
  store::SourceRecord record =
      after_listing(recorded.source, listing.reliability, plan_now, wall_now());
  record.relinking = record.relinking || evidence.relinking;
  record = watched(std::move(record), wall_now(), boot_now());
  co_await settle(plan_now, recorded.source, record);

  const std::shared_ptr<Absent> absent = co_await this->absent(plan_now);
  Fetch fetch(session, {parts_.executor, parts_.source, parts_.account, parts_.progressed,
                        parts_.message_limit, absent, plan_now.texts, parts_.memory.put_off});
  const bool busy = !plan_now.fetch.empty() || !plan_now.oversize.empty();
  std::vector<FetchItem> retries = std::exchange(plan_now.retry, {});
  const bool suspicious = plan_now.suspicious || plan_now.resized;
  const bool quiet = calls_for_nothing(plan_now);
  for (const FetchItem& item : plan_now.fetch) evidence.named.erase(item.number);
  const Counted counted{fetch, fetched_, news_};
  co_await take_in(fetch, plan_now);

  const bool was_inert = !record.full_sync;
  const store::SourceRecord after = after_fetching(record, fetch);
  const bool right_away = parts_.source.keep_on_server.rule == config::KeepOnServer::Rule::never;
  const bool mirrored = parts_.source.gone_upstream == config::GoneUpstream::trash;
  const bool changed = busy || !plan_now.mark_gone.empty();
  // What was fetched must not make a listing that lost too much look better than it is.
  const bool believed = !was_inert && !suspicious && !evidence.relinking;
  if (changed && (right_away || mirrored) && believed) {
    recorded = co_await this->recorded(parts_.source.key());
    plan_now = plan(listing, recorded, evidence);
  }
  const bool all_came = retries.empty() && fetch.refused() == 0 && !fetch.cut_short();
  const ListingWorth worth = believed ? worth_of(listing, plan_now) : ListingWorth::none;
  const Vanished vanished = this->vanished(recorded, all_came ? worth : ListingWorth::unfinished);
  co_await settle(vanished);
  const Plan nothing_else;
  co_await settle(nothing_else, record, after);
  co_await remove(session, plan_now);
  remember(plan_now);
  if (quiet && believed && all_came && vanished.waiting == 0 && vanished.unconfirmed == 0)
    rest_on(listing);

  // Where ids are others at each login, another login would begin all anew.
  const bool nothing_at_stake = (!busy || evidence.relinking) && plan_now.remove.empty();
  leftovers_ = !retries.empty() && !nothing_at_stake;
  if (!retries.empty() && nothing_at_stake) {
    const bool alive = co_await retry(fetch, std::move(retries));
    if (!alive) co_return;
  }
  const bool here = co_await all_seen_is_here();
  if (here) co_return co_await quit(session);
  note("messages that were only looked at are not here yet; the session ended without QUIT");
}

void Poll::remember(const Plan& plan) {
  parts_.memory.left = {plan.left.begin(), plan.left.end()};
  parts_.memory.last_wall = wall_now();
  parts_.memory.last_steady = std::chrono::steady_clock::now();
}

void Poll::rest_on(const Listing& listing) {
  if (!listing.print || listing.messages.size() < worth_resting) return;
  const SteadyTime until = std::chrono::steady_clock::now() + longest_rest;
  parts_.memory.rest = PollMemory::Rest{*listing.print, until, {}};
}

store::SourceRecord Poll::after_fetching(store::SourceRecord record, const Fetch& fetch) {
  if (fetch.cut_short()) {
    result_.unfinished = true;
    note(
        "the time for one session was over before all messages came; the rest comes with the next");
  } else if (fetch.refused() == 0) {
    record.full_sync = true;
    record.relinking = false;
  }
  return record;
}

asio::awaitable<void> Poll::take_in(Fetch& fetch, Plan& plan) {
  auto came = co_await fetch.all(std::move(plan.fetch));
  accepted(std::move(came));
  auto placed = co_await fetch.placeholders(std::move(plan.oversize));
  accepted(std::move(placed));
  note_refused(fetch.refused());
}

void Poll::note_refused(std::uint64_t count) {
  if (count != 0) note(fmt::format("{} messages were refused by the server", count));
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
  const std::uint64_t refused_before = fetch.refused();
  try {
    const auto answer = co_await fetch.each(std::move(items));
    note_refused(fetch.refused() - refused_before);
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

void Poll::note_vanished(const Vanished& vanished) {
  result_.unconfirmed = vanished.unconfirmed;
  if (vanished.waiting != 0)
    note(
        fmt::format("{} messages are gone upstream; they move to the Trash here unless they come "
                    "back",
                    vanished.waiting));
  if (result_.trashed != 0)
    note(
        fmt::format("{} messages that are gone upstream were moved to the Trash", result_.trashed));
}

void Poll::note_plan(const Listing& listing, const Plan& plan) {
  if (!listing.flaw.empty()) note("the server's listing is flawed: " + listing.flaw);
  if (plan.suspicious)
    note("the server lists far fewer of the known messages than before; nothing is deleted");
  if (plan.resized)
    note(
        "most of the known messages have another size there than before; they are compared, and "
        "nothing is deleted");
  if (!plan.rebind.empty())
    note(fmt::format("{} messages have other ids now and were recognised", plan.rebind.size()));
  if (plan.failing != 0)
    note(fmt::format("{} messages could not be fetched before and wait for their next try",
                     plan.failing));
  const std::size_t oversize = plan.oversize.size();
  if (oversize != 0) note(fmt::format("{} messages beyond the limit stay on the server", oversize));
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

}  // namespace postern::engine
