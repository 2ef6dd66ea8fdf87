#include "proxy/daemon/page/chronicle.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "proxy/daemon/status_report.h"

namespace postern::daemon::page {
namespace {

using engine::SourceState;
using nlohmann::json;

bool is_trouble(SourceState state) {
  return state != SourceState::idle && state != SourceState::polling &&
         state != SourceState::waiting;
}

}  // namespace

void Chronicle::note(const engine::SourceStatus& status, SteadyTime now, WallTime today) {
  const Key key(status.account, status.source);
  if (!sources_.contains(key) && sources_.size() == most_sources) return;
  Source& source = sources_[key];
  const SourceState before = std::exchange(source.state, status.state);
  if (before == status.state) return;
  if (status.state == SourceState::polling) {
    source.begun = now;
    source.begun_at = today;
    source.fetched_before = status.fetched;
    return;
  }
  if (before == SourceState::polling) end_poll(source, status, now);
  note_outcome(status, today);
}

void Chronicle::end_poll(Source& source, const engine::SourceStatus& status, SteadyTime now) {
  if (source.polls.size() == polls_of_source) source.polls.pop_front();
  source.polls.push_back(
      {source.begun_at, std::chrono::duration_cast<std::chrono::milliseconds>(now - source.begun),
       status.fetched - std::min(status.fetched, source.fetched_before), status.state});
}

void Chronicle::note_outcome(const engine::SourceStatus& status, WallTime today) {
  const auto of_source = [&status](const Trouble& one) {
    return one.account == status.account && one.source == status.source && !one.over;
  };
  if (!is_trouble(status.state)) {
    for (Trouble& one : troubles_) one.over = one.over || of_source(one);
    return;
  }
  const auto known = std::ranges::find_if(
      troubles_, [&](const Trouble& one) { return of_source(one) && one.state == status.state; });
  Trouble trouble{status.account, status.source, status.state, status.detail, today, today};
  if (known != troubles_.end()) {
    trouble.first = known->first;
    trouble.times = known->times + 1;
    troubles_.erase(known);
  } else if (troubles_.size() == most_problems) {
    troubles_.pop_back();
  }
  troubles_.push_front(std::move(trouble));
}

json Chronicle::to_json() const {
  json polls = json::array();
  for (const auto& [key, source] : sources_) {
    json list = json::array();
    for (const Poll& poll : source.polls) {
      list.push_back({{"time", iso8601(poll.begun)},
                      {"seconds", static_cast<double>(poll.lasted.count()) / 1000},
                      {"fetched", poll.fetched},
                      {"state", name_of(poll.end)}});
    }
    polls.push_back({{"account", key.first}, {"source", key.second}, {"polls", std::move(list)}});
  }
  json problems = json::array();
  for (const Trouble& one : troubles_) {
    problems.push_back({{"account", one.account},
                        {"source", one.source},
                        {"state", name_of(one.state)},
                        {"detail", one.detail},
                        {"first", iso8601(one.first)},
                        {"last", iso8601(one.last)},
                        {"times", one.times},
                        {"over", one.over}});
  }
  return {{"polls", std::move(polls)}, {"problems", std::move(problems)}};
}

}  // namespace postern::daemon::page
