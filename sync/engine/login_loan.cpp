#include "sync/engine/login_loan.h"

#include <stop_token>
#include <utility>

#include "config/read_secret.h"
#include "sync/engine/source_state.h"
#include "sync/engine/store_work.h"
#include "sync/net/worker.h"

namespace postern::engine {

namespace {

asio::awaitable<std::optional<Secret>> configured_secret(config::SecretSource source) {
  auto work = [source = std::move(source)](const std::stop_token& stop) {
    return config::read_secret(source, stop);
  };
  auto secret = co_await net::on_worker(std::move(work));
  if (!secret) co_return std::nullopt;
  co_return std::move(*secret);
}

Trouble refused_sign_in() {
  return {SourceState::sign_in_needed, "the server refused this sign-in twice"};
}

}  // namespace

asio::awaitable<LoginLoan> SourceTask::lend() {
  using Answer = LoginLoan::Answer;
  State& state = *state_;
  co_await state.until_recalled();
  LoginLoan loan;
  loan.answer = Answer::polling;
  if (state.status.state == SourceState::polling) co_return loan;
  loan.turn.emplace(co_await state.turns.take(state.source.maildrop()));
  // A poll that came to be due meanwhile waits for this turn, and logs in right behind it.
  if (state.status.state == SourceState::polling) co_return loan;
  const SteadyTime now = std::chrono::steady_clock::now();
  loan.least = state.schedule.least();
  if (const SteadyTime allowed = state.schedule.login_allowed(now); allowed > now) {
    loan.answer = Answer::too_soon;
    loan.not_before = wall_now() + std::chrono::duration_cast<std::chrono::seconds>(allowed - now) +
                      std::chrono::seconds(1);
    co_return loan;
  }
  const std::optional<Secret> refused = state.memory.sign_on.refused_secret;
  // A sign-in forgets that the one before was refused.
  if (state.schedule.stopped() && state.source.oauth && state.refused_logins != 0) {
    loan.answer = Answer::troubled;
    loan.trouble = refused_sign_in();
    co_return loan;
  }
  if (state.schedule.stopped() && refused) {
    loan.answer = Answer::refused_before;
    const auto secret = co_await configured_secret(state.source.password);
    if (!secret || secret->reveal() == refused->reveal()) co_return loan;
  }
  loan.history = co_await state.login_history();
  if (state.source.oauth) {
    auto token = co_await state.tokens.token(AccessTokens::Freshness::usual);
    if (!token) {
      loan.answer = Answer::troubled;
      loan.trouble = token.error();
      co_return loan;
    }
    loan.token = std::move(*token);
  }
  loan.answer = Answer::granted;
  loan.due_before = state.schedule.begin_beside(std::chrono::steady_clock::now());
  state.tell_next();
  const Schedule::Kept kept = state.schedule.kept();
  co_await state.kept_logins.before_login(kept, loan.least);
  co_return loan;
}

asio::awaitable<LoginLoan> SourceTask::lend_token() {
  using Answer = LoginLoan::Answer;
  State& state = *state_;
  co_await state.until_recalled();
  LoginLoan loan;
  loan.answer = Answer::unknown_source;
  if (!state.source.oauth) co_return loan;
  loan.answer = Answer::troubled;
  loan.trouble = refused_sign_in();
  if (state.schedule.stopped() && state.refused_logins != 0) co_return loan;
  auto token = co_await state.tokens.token(AccessTokens::Freshness::usual);
  if (token) {
    loan.answer = Answer::granted;
    loan.trouble.reset();
    loan.token = std::move(*token);
  } else {
    loan.trouble = token.error();
  }
  co_return loan;
}

asio::awaitable<void> SourceTask::give_back(LoginLoan loan, std::optional<LoginEnd> end) {
  if (end) {
    co_await logged_in_elsewhere(*end);
  } else {
    state_->schedule.withdraw_beside(loan.due_before);
    co_await state_->kept_logins.withdraw();
    state_->tell_next();
    state_->wake();
  }
}

asio::awaitable<void> SourceTask::logged_in_elsewhere(LoginEnd end) {
  using Ending = Schedule::Ending;
  State& state = *state_;
  co_await state.until_recalled();
  std::optional<Secret>& refused = state.memory.sign_on.refused_secret;
  const bool not_taken = end.ending == Ending::throttled || end.ending == Ending::doubtful ||
                         end.ending == Ending::refused;
  if (not_taken && !state.source.oauth) refused = co_await configured_secret(state.source.password);
  using Fate = State::LoginFate;
  state.note_login(end.ending == Ending::success ? Fate::taken
                   : not_taken                   ? Fate::refused
                                                 : Fate::untold);
  state.schedule.ended_beside(end.ending, end.login_delay, state.chance(),
                              std::chrono::steady_clock::now());
  state.status.failures = state.schedule.failures();
  state.status.least = state.schedule.least();
  state.tell_next();
  state.changed();
  state.wake();
  co_await state.keep_logins();
}

}  // namespace postern::engine
