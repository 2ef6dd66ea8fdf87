#include "sync/engine/kept_logins.h"

#include <algorithm>
#include <utility>

#include "sync/base/log.h"
#include "sync/engine/store_work.h"
#include "sync/engine/token_key.h"

namespace postern::engine {

namespace {

using std::chrono::seconds;

/// A success is of interest for an hour; so often it is worth a commit of its own.
constexpr std::chrono::minutes success_worth_keeping{30};

std::string context_of(const config::Source& source) {
  return "refused " + source.key();
}

/// A clock that was set back since makes it as recent as can be.
std::optional<SteadyTime> steady(WallTime time) {
  if (time == WallTime()) return std::nullopt;
  const seconds ago = std::max(wall_now() - time, seconds(0));
  return std::chrono::steady_clock::now() - ago;
}

WallTime wall(SteadyTime time) {
  const auto ago = std::chrono::steady_clock::now() - time;
  return wall_now() - std::chrono::duration_cast<seconds>(ago);
}

}  // namespace

asio::awaitable<KeptLogins::Recalled> KeptLogins::recall() {
  Recalled recalled;
  try {
    auto look = [key = source_.key()](store::Reader& reader) { return reader.login_record(key); };
    const auto record = co_await read(*account_, std::move(look));
    if (!record) co_return recalled;
    recorded_ = *record;
    if (!recorded_.refused.empty() && !key_file_.empty()) {
      auto open = [file = key_file_, sealed = recorded_.refused, context = context_of(source_)] {
        const auto key = TokenKey::open(file);
        return key ? key->unseal(sealed, context) : std::nullopt;
      };
      recalled.refused.secret = co_await compute(*account_, std::move(open));
      sealed_ = recalled.refused.secret;
    }
  } catch (const store::StoreFailure& failure) {
    log::debug("source", "{}: {}", source_.key(), failure.what());
  }
  if (recorded_.last != WallTime()) recalled.last = recorded_.last;
  if (recorded_.last_success != WallTime()) recalled.last_success = recorded_.last_success;
  recalled.kept = {steady(recorded_.last), steady(recorded_.last_success),
                   recorded_.announced,    recorded_.learned,
                   recorded_.refusals,     recorded_.failures};
  recalled.refused.count = recorded_.failures;
  recalled.refused.since = steady(recorded_.refused_since);
  co_return recalled;
}

asio::awaitable<void> KeptLogins::before_login(Schedule::Kept kept, Schedule::Least least) {
  traced_ = least.gap != seconds(0);
  if (!traced_) co_return;
  store::LoginRecord record = recorded_;
  last_before_ = record.last;
  record.last = wall_now();
  record.announced = kept.announced;
  record.learned = kept.learned;
  co_await keep(std::move(record));
}

asio::awaitable<void> KeptLogins::withdraw() {
  if (!std::exchange(traced_, false)) co_return;
  store::LoginRecord record = recorded_;
  record.last = last_before_;
  co_await keep(std::move(record));
}

asio::awaitable<void> KeptLogins::after_poll(Schedule::Kept kept, Schedule::Least least,
                                             Refused refused) {
  store::LoginRecord record = recorded_;
  if (least.gap != seconds(0) && !std::exchange(traced_, false)) record.last = wall_now();
  record.announced = kept.announced;
  record.learned = kept.learned;
  if (kept.last_success) {
    const WallTime success = wall(*kept.last_success);
    const bool news =
        success - record.last_success > success_worth_keeping || success < record.last_success;
    if (news) record.last_success = success;
  }
  // Whether a sign-in is there, or can be renewed, the next run sees for itself.
  record.refusals = source_.oauth && refused.count == 0 ? 0 : kept.refusals;
  record.failures = refused.count;
  if (record.failures == 0 || !refused.since) {
    record.refused_since = {};
  } else if (record.failures != recorded_.failures) {
    record.last = wall_now();
    if (recorded_.failures == 0) record.refused_since = wall(*refused.since);
  }
  if (record.failures == 0 || !refused.secret || source_.oauth) {
    record.refused.clear();
    sealed_.reset();
  } else if (!sealed_ || sealed_->reveal() != refused.secret->reveal()) {
    record.refused = co_await seal(*refused.secret);
    sealed_ = std::move(refused.secret);
  }
  co_await keep(std::move(record));
}

void KeptLogins::forget_refused() {
  recorded_.refusals = recorded_.failures = 0;
  recorded_.refused_since = {};
  recorded_.refused.clear();
  sealed_.reset();
}

asio::awaitable<std::string> KeptLogins::seal(Secret refused) {
  if (key_file_.empty()) co_return std::string();
  auto work = [file = key_file_, refused = std::move(refused), context = context_of(source_)] {
    const auto key = TokenKey::open(file);
    return key ? key->seal(refused, context) : std::string();
  };
  try {
    co_return co_await compute(*account_, std::move(work));
  } catch (const store::StoreFailure& failure) {
    log::debug("source", "{}: {}", source_.key(), failure.what());
  }
  co_return std::string();
}

asio::awaitable<void> KeptLogins::keep(store::LoginRecord record) {
  if (record == recorded_) co_return;
  recorded_ = record;
  auto work = [key = source_.key(), record = std::move(record)](store::Transaction& transaction) {
    transaction.set_login_record(key, record);
  };
  try {
    co_await write(*account_, std::move(work));
  } catch (const store::StoreFailure& failure) {
    log::debug("source", "{}: {}", source_.key(), failure.what());
  }
}

}  // namespace postern::engine
