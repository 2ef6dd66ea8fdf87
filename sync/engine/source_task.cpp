#include "sync/engine/source_task.h"

#include <algorithm>
#include <random>
#include <utility>
#include <variant>
#include <vector>

#include <asio/cancellation_signal.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include "sync/base/log.h"
#include "sync/engine/access_tokens.h"
#include "sync/engine/poll.h"
#include "sync/engine/schedule.h"
#include "sync/engine/store_work.h"
#include "sync/net/error.h"

namespace postern::engine {

namespace {

/// An expunge is followed by others; then one session deletes them all.
constexpr std::chrono::seconds change_delay{2};
/// A refusal without a reason this soon after a success is taken for throttling.
constexpr std::chrono::minutes success_is_recent{60};

bool deletes_expunged(const config::Source& source) {
  return source.keep_on_server.rule == config::KeepOnServer::Rule::until_deleted;
}

}  // namespace

struct SourceTask::State {
  State(asio::any_io_executor e, std::string a, config::Source s,
        std::shared_ptr<store::Account> st, std::filesystem::path token_key)
      : executor(std::move(e)),
        source(std::move(s)),
        account(std::move(st)),
        tokens(a, source, account, std::move(token_key)),
        schedule(source.poll, std::chrono::steady_clock::now()),
        alarm(executor) {
    status.account = std::move(a);
    status.source = source.key();
    status.next_poll = wall_now();
  }

  asio::awaitable<void> sleep();
  asio::awaitable<void> poll();
  asio::awaitable<void> look_for_deletions();
  [[nodiscard]] SteadyTime wake_time() const;
  void wake() { alarm.cancel(); }
  void take(const PollResult& result);
  [[nodiscard]] Schedule::Ending ending_of(PollResult& result) const;
  void tell_state(SourceState before, const PollResult& result) const;
  void changed() {
    if (on_status) on_status();
  }
  void release_waiters();

  asio::any_io_executor executor;
  config::Source source;
  std::shared_ptr<store::Account> account;
  AccessTokens tokens;
  Schedule schedule;
  asio::steady_timer alarm;
  PollMemory memory;
  SourceStatus status;
  std::function<void()> on_status;
  std::optional<SteadyTime> look_at;  ///< when to look for deletions that an expunge made due
  std::uint64_t polls_begun = 0;
  std::uint64_t polls_ended = 0;
  bool asked_while_polling = false;
  struct Waiter {
    std::uint64_t poll;
    std::function<void(std::monostate)> done;
  };
  std::vector<Waiter> waiters;
  std::minstd_rand random{std::random_device{}()};
};

SourceTask::SourceTask(asio::any_io_executor executor, std::string account, config::Source source,
                       std::shared_ptr<store::Account> store, std::filesystem::path token_key)
    : state_(std::make_unique<State>(std::move(executor), std::move(account), std::move(source),
                                     std::move(store), std::move(token_key))) {}

SourceTask::~SourceTask() = default;

asio::awaitable<void> SourceTask::run() {
  struct AtEnd {
    State& state;
    ~AtEnd() {
      state.polls_ended = state.polls_begun = UINT64_MAX;
      state.release_waiters();
    }
  } at_end{*state_};
  State& state = *state_;
  while (true) {
    co_await state.sleep();
    if (state.look_at && *state.look_at <= std::chrono::steady_clock::now())
      co_await state.look_for_deletions();
    const auto due = state.schedule.due();
    if (due && *due <= std::chrono::steady_clock::now()) co_await state.poll();
  }
}

SteadyTime SourceTask::State::wake_time() const {
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

asio::awaitable<void> SourceTask::State::look_for_deletions() {
  look_at.reset();
  if (!deletes_expunged(source)) co_return;
  auto work = [key = source.key(), sent = memory.deletes_sent](store::Reader& reader) {
    return std::ranges::any_of(reader.origins(key), [&](const store::Origin& origin) {
      return origin.expunged && origin.state != store::OriginState::gone &&
             !sent.contains(origin.id);
    });
  };
  try {
    if (co_await read(*account, std::move(work)))
      schedule.ask(Schedule::Asker::program, std::chrono::steady_clock::now());
  } catch (const store::StoreFailure& failure) {
    // The next poll meets the same trouble and reports it.
    log::debug("source", "{}: {}", status.source, failure.what());
  }
}

asio::awaitable<void> SourceTask::State::poll() {
  ++polls_begun;
  asked_while_polling = false;
  const SourceState before = status.state;
  status.state = SourceState::polling;
  status.progress = {};
  status.next_poll.reset();
  changed();
  auto progressed = [this](const Progress& progress) {
    status.progress = progress;
    changed();
  };
  Poll conversation({executor, source, account, memory, progressed, {}, &tokens});
  PollResult result = co_await conversation.run();
  const Schedule::Ending ending = ending_of(result);
  const double chance = std::uniform_real_distribution<double>(0, 1)(random);
  const SteadyTime now = std::chrono::steady_clock::now();
  schedule.ended(ending, result.login_delay, chance, now);
  take(result);
  tell_state(before, result);
  if (asked_while_polling) schedule.ask(Schedule::Asker::operator_self, now);
  if (const auto due = schedule.due()) {
    status.next_poll =
        wall_now() + std::chrono::duration_cast<std::chrono::seconds>(std::max(*due, now) - now);
  }
  polls_ended = polls_begun;
  release_waiters();
  changed();
}

Schedule::Ending SourceTask::State::ending_of(PollResult& result) const {
  if (!result.trouble) return Schedule::Ending::success;
  if (result.trouble->state == SourceState::throttled) return Schedule::Ending::throttled;
  if (result.credentials == Credentials::accepted) return Schedule::Ending::failure;
  const auto success = schedule.last_success();
  if (result.credentials == Credentials::doubtful && success &&
      std::chrono::steady_clock::now() - *success >= success_is_recent)
    return Schedule::Ending::throttled;  // an outage looks like this too: go on, but rarely
  const bool recent = success && std::chrono::steady_clock::now() - *success < success_is_recent;
  if (result.credentials == Credentials::doubtful && recent) {
    result.trouble->state = SourceState::throttled;
    result.trouble->detail +=
        ". The last login went well, so this is taken for a limit on how often one may log in";
    return Schedule::Ending::throttled;
  }
  return Schedule::Ending::refused;
}

void SourceTask::State::take(const PollResult& result) {
  status.last_poll = wall_now();
  status.fetched += result.fetched;
  status.deleted += result.deleted;
  status.failures = schedule.failures();
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
  if (!result.note.empty())
    log::info("source", "{} {}: {}", status.account, status.source, result.note);
}

void SourceTask::State::release_waiters() {
  auto waiting = std::exchange(waiters, {});
  for (Waiter& waiter : waiting) {
    if (waiter.poll <= polls_ended) {
      waiter.done({});
    } else {
      waiters.push_back(std::move(waiter));
    }
  }
}

void SourceTask::poll_now(PollReason reason) {
  const bool by_operator = reason == PollReason::operator_request;
  // What arrived after the listing under way is not in it.
  if (by_operator && state_->status.state == SourceState::polling)
    state_->asked_while_polling = true;
  else
    state_->schedule.ask(by_operator ? Schedule::Asker::operator_self : Schedule::Asker::program,
                         std::chrono::steady_clock::now());
  state_->wake();
}

asio::awaitable<SourceStatus> SourceTask::poll_and_wait() {
  State& state = *state_;
  poll_now(PollReason::operator_request);
  if (state.polls_begun != UINT64_MAX) {
    const std::uint64_t wanted = state.polls_begun + 1;
    auto start = [&state, wanted](auto done) { state.waiters.push_back({wanted, done}); };
    co_await net::completion<std::monostate>(start);
  }
  co_return state.status;
}

void SourceTask::store_changed() {
  if (!deletes_expunged(state_->source) || state_->look_at) return;
  state_->look_at = std::chrono::steady_clock::now() + change_delay;
  state_->wake();
}

SourceStatus SourceTask::status() const {
  return state_->status;
}

void SourceTask::on_status(std::function<void()> changed) {
  state_->on_status = std::move(changed);
}

}  // namespace postern::engine
