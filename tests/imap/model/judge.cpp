#include "tests/imap/model/judge.h"

#include <cstdint>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "tests/imap/model/fingerprint.h"

namespace postern::imap::model {
namespace {

/// More are not looked at, so that a difference is told before long.
constexpr std::size_t most_tries = 300'000;

class Search {
 public:
  Search(const std::vector<Part>& parts, const std::vector<Lines>& heard)
      : heard_(heard), steps_(parts.size()) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      sessions_.push_back(parts[i].session);
      for (const Command& command : parts[i].commands) {
        for (const Step& step : command.steps) steps_[i].push_back(&step);
      }
    }
  }

  Verdict run(const std::vector<State>& before) {
    for (const State& state : before)
      go({state, std::vector<std::size_t>(steps_.size()), std::vector<std::size_t>(heard_.size())});
    return std::move(verdict_);
  }

 private:
  struct Moment {
    State state;
    std::vector<std::size_t> next;  ///< of each part
    std::vector<std::size_t> used;  ///< of what each session heard
  };
  /// A part, or behind those an idling session.
  using Choice = std::size_t;

  [[nodiscard]] std::vector<Choice> choices(const Moment& moment) const {
    std::vector<Choice> all;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (moment.next[i] < steps_[i].size() && !moment.state.sessions[sessions_[i]].over)
        all.push_back(i);
    }
    for (std::size_t i = 0; i < moment.state.sessions.size(); ++i) {
      const Session& session = moment.state.sessions[i];
      if (session.idling && stale(moment.state.world, session)) all.push_back(steps_.size() + i);
    }
    return all;
  }

  void go(Moment moment) {
    while (true) {
      const std::vector<Choice> all = choices(moment);
      if (all.empty()) return arrived(std::move(moment));
      if (all.size() == 1) {
        if (!take(moment, all.front())) return;
        continue;
      }
      if (seen(moment)) return;
      for (const Choice choice : all) {
        Moment tried = moment;
        if (tries_ < most_tries && take(tried, choice)) go(std::move(tried));
      }
      return;
    }
  }

  /// The same was looked at before, by another way.
  bool seen(const Moment& moment) {
    Fingerprint fingerprint;
    fingerprint.add(moment.state.world);
    for (const Session& session : moment.state.sessions) fingerprint.add(session);
    fingerprint.add_all(moment.next);
    fingerprint.add_all(moment.used);
    return !seen_.insert(fingerprint.value()).second;
  }

  /// False if that is not what was heard.
  bool take(Moment& moment, Choice choice) {
    ++tries_;
    const bool pushes = choice >= steps_.size();
    const std::size_t session = pushes ? choice - steps_.size() : sessions_[choice];
    Lines lines;
    Turn turn{moment.state.world, moment.state.sessions[session], lines};
    if (pushes) {
      push(turn);
    } else {
      (*steps_[choice][moment.next[choice]++])(turn);
    }
    for (const std::string& line : lines) {
      std::size_t& used = moment.used[session];
      const bool more = used < heard_[session].size();
      if (!more || !moment.state.world.fits(line, heard_[session][used])) {
        note(moment, session, line, more ? heard_[session][used] : "<nothing>");
        return false;
      }
      ++used;
    }
    return true;
  }

  void arrived(Moment moment) {
    for (std::size_t i = 0; i < heard_.size(); ++i) {
      if (moment.used[i] == heard_[i].size()) continue;
      note(moment, i, "<nothing>", heard_[i][moment.used[i]]);
      return;
    }
    for (Session& session : moment.state.sessions) session.memory = {};
    if (!seen(moment)) verdict_.after.push_back(std::move(moment.state));
  }

  void note(const Moment& moment, std::size_t session, const std::string& expected,
            const std::string& heard) {
    const std::size_t far = std::accumulate(moment.used.begin(), moment.used.end(), std::size_t{1});
    if (far <= farthest_) return;
    farthest_ = far;
    const std::string name = "session " + std::to_string(session) + ": ";
    verdict_.expected = name + expected;
    verdict_.heard = name + heard;
  }

  const std::vector<Lines>& heard_;
  std::vector<std::size_t> sessions_;
  std::vector<std::vector<const Step*>> steps_;
  std::unordered_set<std::uint64_t> seen_;
  std::size_t tries_ = 0;
  std::size_t farthest_ = 0;
  Verdict verdict_;
};

}  // namespace

Verdict explain(const std::vector<State>& before, const std::vector<Part>& parts,
                const std::vector<Lines>& heard) {
  return Search(parts, heard).run(before);
}

}  // namespace postern::imap::model
