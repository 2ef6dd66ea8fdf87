#include "sync/engine/source_state.h"

#include <algorithm>
#include <stop_token>
#include <utility>

#include <fmt/format.h>
#include <asio/cancellation_signal.hpp>
#include <asio/execution/context.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/query.hpp>
#include <asio/system_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include "config/read_secret.h"
#include "sync/base/log.h"
#include "sync/engine/store_work.h"
#include "sync/net/error.h"
#include "sync/net/worker.h"

namespace postern::engine {

namespace {

constexpr const char* stopped_detail =
    "the server refused the login twice before this program was started. It is not tried again "
    "until the password was changed or you ask for it: postern sync";

constexpr const char* stopped_token_detail =
    "the server refused the sign-in twice before this program was started. It is not tried again "
    "until you sign in once more (postern login) or ask for it: postern sync";

constexpr const char* doubtful_detail =
    "the server did not take the logins before this program was started. It may be the password or "
    "a limit on logins: it is tried seldom";

constexpr std::chrono::seconds patience_of_askers{10};

MaildropTurns& turns_of(const asio::any_io_executor& executor) {
  return asio::use_service<MaildropTurns>(asio::query(executor, asio::execution::context));
}

WallTime wall_time(SteadyTime time, SteadyTime now) {
  return wall_now() + std::chrono::duration_cast<std::chrono::seconds>(std::max(time, now) - now);
}

}  // namespace

SourceTask::State::State(asio::any_io_executor e, std::string a, config::Source s,
                         std::shared_ptr<store::Account> st, SourceSettings se)
    : executor(std::move(e)),
      source(std::move(s)),
      account(std::move(st)),
      settings(std::move(se)),
      tokens(a, source, account, settings.token_key),
      kept_logins(source, account, settings.token_key),
      turns(turns_of(executor)),
      schedule({source.poll, source.shortest_poll},
               turns.next_start(std::chrono::steady_clock::now())),
      alarm(executor) {
  dry_wanted = settings.first == PollWish::dry_run;
  confirmed = settings.first == PollWish::confirm_removals;
  status.account = std::move(a);
  status.source = source.key();
  status.least = schedule.least();
  tell_next();
}

asio::awaitable<void> SourceTask::State::until_recalled() {
  if (recalled || polls_begun == UINT64_MAX) co_return;
  auto start = [this](auto done) { waiters.push_back({0, Waiter::For::mail, done}); };
  (void)co_await net::completion<SourceStatus>(start);
}

asio::awaitable<void> SourceTask::State::recall() {
  const KeptLogins::Recalled before = co_await kept_logins.recall();
  const SteadyTime now = std::chrono::steady_clock::now();
  schedule.restore(before.kept, now);
  memory.sign_on.refused_secret = before.refused.secret;
  refused_since = before.refused.since;
  refused_logins = before.refused.count;
  recalled = true;
  status.last_success = before.last_success;
  status.last_poll = std::max(before.last, before.last_success);
  if (refused_logins != 0) {
    status.state = source.oauth ? SourceState::sign_in_needed : SourceState::wrong_password;
    status.detail = !schedule.stopped() ? doubtful_detail
                    : source.oauth      ? stopped_token_detail
                                        : stopped_detail;
    // Another token may do; a new one is asked for before the old one is shown again.
    memory.sign_on.token_doubted = source.oauth.has_value();
    // Perhaps another one was written meanwhile.
    compare_secret = true;
    changed();
  }
  status.failures = schedule.failures();
  status.least = schedule.least();
  if (asked_early) schedule.ask(*std::exchange(asked_early, {}), now);
  tell_next();
  release_waiters();
}

SteadyTime SourceTask::State::wake_time() const {
  if (compare_secret) return SteadyTime::min();
  SteadyTime time = schedule.due().value_or(SteadyTime::max());
  if (look_at) time = std::min(time, *look_at);
  return time;
}

asio::awaitable<void> SourceTask::State::sleep() {
  while (wake_time() > std::chrono::steady_clock::now()) {
    alarm.expires_at(wake_time());
    co_await alarm.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
    // Being woken and being cancelled look alike to the timer.
    const asio::cancellation_state cancelled = co_await asio::this_coro::cancellation_state;
    if (cancelled.cancelled() != asio::cancellation_type::none)
      throw net::Error(net::ErrorKind::cancelled, "stopped while waiting");
  }
}

asio::awaitable<void> SourceTask::State::do_what_is_due() {
  if (std::exchange(compare_secret, false)) co_await look_for_another_secret();
  if (look_at && *look_at <= std::chrono::steady_clock::now()) co_await look_for_deletions();
  const auto due = schedule.due();
  if (due && *due <= std::chrono::steady_clock::now()) co_await poll();
}

/// The source's life goes on whatever happens in a poll; only being stopped ends it.
asio::awaitable<void> SourceTask::State::work() {
  std::string failure;
  try {
    co_await do_what_is_due();
    co_return;
  } catch (const net::Error& error) {
    if (error.kind() == net::ErrorKind::cancelled) throw;
    failure = error.what();
  } catch (const asio::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    failure = error.what();
  } catch (const std::exception& error) {
    failure = error.what();
  }
  PollResult result;
  result.trouble = Trouble{SourceState::server_error,
                           fmt::format("something failed here: {}; it is tried again", failure)};
  end_in_schedule(Schedule::Ending::failure, result);
  finish(SourceState::polling, result);
}

void SourceTask::State::ask(Schedule::Asker asker, SteadyTime when) {
  if (!recalled && asked_early != Schedule::Asker::operator_self) asked_early = asker;
  schedule.ask(asker, when);
  tell_next();
  wake();
}

asio::awaitable<void> SourceTask::State::look_for_deletions() {
  look_at.reset();
  if (!deletes_expunged(source)) co_return;
  auto work = [key = source.key()](store::Reader& reader) { return reader.origins_to_delete(key); };
  try {
    const std::vector<OriginId> origins = co_await read(*account, std::move(work));
    const auto is_news = [this](OriginId origin) { return !memory.left.contains(origin); };
    if (std::ranges::any_of(origins, is_news))
      ask(Schedule::Asker::program, std::chrono::steady_clock::now());
  } catch (const store::StoreFailure& failure) {
    // The next poll meets the same trouble and reports it.
    log::debug("source", "{}: {}", status.source, failure.what());
  }
}

/// A password that was not taken is not tried again because some other line was changed.
asio::awaitable<void> SourceTask::State::look_for_another_secret() {
  if (refused_logins == 0) {
    ask(Schedule::Asker::operator_self, std::chrono::steady_clock::now());
    co_return;
  }
  if (!memory.sign_on.refused_secret || source.oauth) co_return;
  auto work = [password = source.password](const std::stop_token& stop) {
    return config::read_secret(password, stop);
  };
  const auto secret = co_await net::on_worker(std::move(work));
  if (!secret || !memory.sign_on.refused_secret) co_return;
  if (memory.sign_on.refused_secret->reveal() == secret->reveal()) co_return;
  refused_since.reset();
  refused_logins = 0;
  ask(Schedule::Asker::corrected, std::chrono::steady_clock::now());
}

asio::awaitable<PollResult> SourceTask::State::converse() {
  auto progressed = [this](const Progress& progress) {
    status.progress = progress;
    changed();
  };
  const auto turn = co_await turns.take(source.maildrop());
  const Schedule::Kept kept = schedule.kept();
  const Schedule::Least least = schedule.least();
  co_await kept_logins.before_login(kept, least);
  const PollWish wish = dry         ? PollWish::dry_run
                        : confirmed ? PollWish::confirm_removals
                                    : PollWish::none;
  if (!dry) confirmed = false;
  Poll conversation({.executor = executor,
                     .source = source,
                     .account = account,
                     .memory = memory,
                     .progressed = progressed,
                     .deadlines = {},
                     .tokens = &tokens,
                     .message_limit = settings.message_limit,
                     .least_gap = least.gap,
                     .wish = wish,
                     .configured = &settings.configured});
  co_return co_await conversation.run();
}

asio::awaitable<void> SourceTask::State::poll() {
  ++polls_begun;
  asked_while_polling = false;
  dry = std::exchange(dry_wanted, false);
  const SourceState before = status.state;
  status.state = SourceState::polling;
  status.progress = {};
  status.next_poll.reset();
  status.postponed_until.reset();
  changed();
  PollResult result = co_await converse();
  const Schedule::Ending ending = co_await judge(result);
  end_in_schedule(ending, result);
  co_await keep_logins();
  finish(before, result);
}

asio::awaitable<void> SourceTask::State::keep_logins() {
  const Schedule::Kept kept = schedule.kept();
  const Schedule::Least least = schedule.least();
  KeptLogins::Refused refused{refused_logins, refused_since, memory.sign_on.refused_secret};
  co_await kept_logins.after_poll(kept, least, std::move(refused));
}

void SourceTask::State::end_in_schedule(Schedule::Ending ending, const PollResult& result) {
  const auto learned = schedule.learned();
  schedule.ended(ending, result.login_delay, chance(), std::chrono::steady_clock::now());
  if (schedule.learned() > learned) {
    log::info("source",
              "{} {}: logins came too fast for the server; from now on at least {} s apart",
              status.account, status.source, schedule.learned().count());
  }
}

void SourceTask::State::finish(SourceState before, const PollResult& result) {
  const SteadyTime now = std::chrono::steady_clock::now();
  take(result);
  tell_state(before, result);
  // What gets nowhere in two polls waits for its time.
  const bool hurry = result.unfinished && (result.news != 0 || !hurried);
  if (hurry) schedule.ask(Schedule::Asker::program, now);
  hurried = hurry;
  // Those who wait for the mail itself are not served by a dry run.
  const bool mail_wanted = dry && std::ranges::any_of(waiters, [](const Waiter& waiter) {
                             return waiter.what == Waiter::For::mail;
                           });
  if (asked_while_polling || mail_wanted) schedule.ask(Schedule::Asker::operator_self, now);
  tell_next();
  // Those who wait for mail wait for all of it.
  if (!hurry) polls_ended = polls_begun;
  release_waiters();
  if (!waiters.empty() && beyond_patience()) return postpone();
  changed();
}

bool SourceTask::State::beyond_patience() const {
  const auto due = schedule.due();
  return due && *due > std::chrono::steady_clock::now() + patience_of_askers;
}

void SourceTask::State::postpone() {
  status.postponed_until = status.next_poll;
  for (Waiter& waiter : std::exchange(waiters, {})) waiter.done(status);
  changed();
}

asio::awaitable<LoginHistory> SourceTask::State::login_history() const {
  LoginHistory history{false, schedule.last_success(), refused_since, refused_logins};
  if (history.last_success) co_return history;
  auto work = [key = source.key()](store::Reader& reader) { return !reader.origins(key).empty(); };
  try {
    history.ever = co_await read(*account, std::move(work));
  } catch (const store::StoreFailure& failure) {
    log::debug("source", "{}: {}", status.source, failure.what());
  }
  co_return history;
}

void SourceTask::State::forget_refused() {
  refused_since.reset();
  refused_logins = 0;
  memory.sign_on.refused_secret.reset();
  memory.sign_on.token_doubted = false;
  kept_logins.forget_refused();
}

void SourceTask::State::note_login(LoginFate fate) {
  if (fate == LoginFate::taken) {
    refused_since.reset();
    refused_logins = 0;
    memory.sign_on.refused_secret.reset();
  } else if (fate == LoginFate::refused) {
    if (!refused_since) refused_since = std::chrono::steady_clock::now();
    ++refused_logins;
  }
}

asio::awaitable<Schedule::Ending> SourceTask::State::judge(PollResult& result) {
  using Ending = Schedule::Ending;
  const bool refused = result.refusal && result.refusal->after_proof;
  LoginHistory history;
  if (refused)
    history = co_await login_history();
  else
    history = {false, schedule.last_success(), refused_since, refused_logins};
  const Ending ending = verdict(result, history, std::chrono::steady_clock::now());
  note_login(result.logged_in ? LoginFate::taken
             : refused        ? LoginFate::refused
                              : LoginFate::untold);
  if (ending == Ending::throttled) {
    result.trouble->state = SourceState::throttled;
    if (result.credentials != Credentials::accepted)
      result.trouble->detail +=
          ". The login went well before, or the server says so: this is taken for a limit on how "
          "often one may log in";
  } else if (ending == Ending::doubtful) {
    result.trouble->detail += ". It may be the password or a limit on logins: it is tried seldom";
  } else if (ending == Ending::refused && result.credentials == Credentials::accepted) {
    result.trouble->state = SourceState::wrong_password;
    result.trouble->detail += ". It has been so for long: it may well be the password";
  }
  co_return ending;
}

void SourceTask::State::take(const PollResult& result) {
  status.last_poll = wall_now();
  status.fetched += result.fetched;
  status.deleted += result.deleted;
  preview = result.preview ? std::make_shared<const Preview>(*result.preview) : nullptr;
  status.failures = schedule.failures();
  status.least = schedule.least();
  if (result.trouble) {
    status.state = result.trouble->state;
    status.detail = result.trouble->detail;
    if (!schedule.due() && status.state != SourceState::sign_in_needed)
      status.detail += ". It is not tried again until you ask for it: postern sync";
    return;
  }
  status.state = SourceState::idle;
  status.listed = result.listed;
  status.last_success = status.last_poll;
  status.detail = result.note;
  status.trashed += result.trashed;
  status.unconfirmed = result.unconfirmed;
  if (result.unconfirmed == 0) return;
  if (!status.detail.empty()) status.detail += "; ";
  status.detail += fmt::format(
      "{} messages are gone upstream; waiting for confirmation: postern sync "
      "--confirm-removals {}",
      result.unconfirmed, status.account);
}

void SourceTask::State::tell_next() {
  const SteadyTime now = std::chrono::steady_clock::now();
  if (status.state == SourceState::polling) return;
  status.next_poll.reset();
  if (const auto due = schedule.due()) status.next_poll = wall_time(*due, now);
}

void SourceTask::State::tell_state(SourceState before, const PollResult& result) const {
  if (result.trouble) {
    if (status.state != before)
      log::warning("source", "{} {}: {}", status.account, status.source, status.detail);
    return;
  }
  const bool recovered = before != SourceState::idle && before != SourceState::waiting;
  if (recovered) log::info("source", "{} {}: works again", status.account, status.source);
  if (result.fetched != 0 || result.deleted != 0) {
    log::info("source", "{} {}: {} fetched, {} deleted there, {} listed", status.account,
              status.source, result.fetched, result.deleted, result.listed);
  }
  if (!status.detail.empty())
    log::info("source", "{} {}: {}", status.account, status.source, status.detail);
}

void SourceTask::State::release_waiters() {
  auto waiting = std::exchange(waiters, {});
  for (Waiter& waiter : waiting) {
    const bool served = waiter.poll == 0 || polls_ended == UINT64_MAX ||
                        dry == (waiter.what == Waiter::For::dry_run);
    if (waiter.poll <= polls_ended && served) {
      waiter.done(status);
    } else {
      waiters.push_back(std::move(waiter));
    }
  }
}

}  // namespace postern::engine
