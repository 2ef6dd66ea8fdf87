#include "sync/engine/source_task.h"

#include <algorithm>
#include <utility>

#include "sync/engine/source_state.h"
#include "sync/engine/store_work.h"

namespace postern::engine {

namespace {

/// An expunge is followed by others; then one session deletes them all.
constexpr std::chrono::seconds change_delay{2};

}  // namespace

SourceTask::SourceTask(asio::any_io_executor executor, std::string account, config::Source source,
                       std::shared_ptr<store::Account> store, SourceSettings settings)
    : state_(std::make_unique<State>(std::move(executor), std::move(account), std::move(source),
                                     std::move(store), std::move(settings))) {}

SourceTask::~SourceTask() = default;

asio::awaitable<void> SourceTask::run() {
  struct AtEnd {
    State& state;
    ~AtEnd() {
      state.polls_ended = state.polls_begun = UINT64_MAX;
      state.release_waiters();
    }
  } at_end{*state_};
  co_await state_->recall();
  while (true) {
    co_await state_->sleep();
    co_await state_->work();
  }
}

asio::awaitable<void> SourceTask::recall() {
  co_await state_->recall();
}

void SourceTask::poll_now(PollReason reason) {
  State& state = *state_;
  const SteadyTime now = std::chrono::steady_clock::now();
  // What arrived after the listing under way is not in it.
  const bool polling = state.status.state == SourceState::polling;
  switch (reason) {
    case PollReason::operator_request:
      if (polling) {
        state.asked_while_polling = true;
      } else {
        state.compare_secret = state.refused_logins != 0;
        state.ask(Schedule::Asker::operator_self, now);
      }
      break;
    case PollReason::reload:
      state.compare_secret = true;
      state.wake();
      break;
    case PollReason::signed_in:
      state.forget_refused();
      if (polling) {
        state.asked_while_polling = true;
      } else {
        state.ask(Schedule::Asker::corrected, now);
      }
      break;
    case PollReason::surroundings:
      state.ask(Schedule::Asker::surroundings, state.turns.next_start(now));
      break;
    case PollReason::client:
    case PollReason::timer: state.ask(Schedule::Asker::program, now); break;
  }
}

asio::awaitable<SourceStatus> SourceTask::poll_and_wait(PollWish wish, Awaited awaited) {
  State& state = *state_;
  using For = State::Waiter::For;
  // What is remembered of earlier logins says when the next one may be.
  co_await state.until_recalled();
  if (state.refused_logins != 0) co_await state.look_for_another_secret();
  const bool dry = wish == PollWish::dry_run;
  const bool polling = state.status.state == SourceState::polling;
  const bool first = awaited == Awaited::first && state.polls_begun != 0;
  // A dry run that has begun tells what another one would.
  const bool under_way = first || (dry && polling && state.dry);
  if (!under_way) poll_now(PollReason::operator_request);
  const std::uint64_t wanted = first ? 1 : state.polls_begun + (under_way ? 0 : 1);
  if (state.polls_begun == UINT64_MAX || state.polls_ended >= wanted) co_return state.status;
  if (wish == PollWish::confirm_removals && !under_way) state.confirmed = true;
  if (!polling && state.beyond_patience()) {
    state.postpone();
    co_return state.status;
  }
  if (dry && !under_way) state.dry_wanted = true;
  auto start = [&state, wanted, dry](auto done) {
    state.waiters.push_back({wanted, dry ? For::dry_run : For::mail, done});
  };
  co_return co_await net::completion<SourceStatus>(start);
}

void SourceTask::store_changed() {
  if (!deletes_expunged(state_->source) || state_->look_at) return;
  state_->look_at = std::chrono::steady_clock::now() + change_delay;
  state_->wake();
}

void SourceTask::set_configured(std::vector<std::string> keys) {
  state_->settings.configured = std::move(keys);
}

std::shared_ptr<const Preview> SourceTask::preview() const {
  return state_->preview;
}

SourceStatus SourceTask::status() const {
  return state_->status;
}

void SourceTask::on_status(std::function<void()> changed) {
  state_->on_status = std::move(changed);
}

}  // namespace postern::engine
