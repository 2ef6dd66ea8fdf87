// Many sessions, random commands, and a model of what each of them may hear (tests/imap/model).
// Every line that the server says is compared; of commands under way at the same time any order of
// their steps will do.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/imap/model/chooser.h"
#include "tests/imap/model/mailbox_commands.h"
#include "tests/imap/model/program.h"
#include "tests/imap/served.h"

namespace postern::imap::model {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t programs_of_a_round = 6;
constexpr unsigned commands_of_a_round = 1000;

unsigned from_environment(const char* name, unsigned otherwise) {
  const char* wanted = std::getenv(name);
  return wanted == nullptr ? otherwise : static_cast<unsigned>(std::stoul(wanted));
}

Limits patient() {
  Limits limits;
  limits.bad_in_a_row = 1'000'000;
  limits.progress_every = 1h;
  return limits;
}

/// A server, its programs, and what the model thinks of them.
class Round {
 public:
  explicit Round(unsigned seed)
      : chooser_(seed), served_(patient(), test::Served::Tls::none, store::quick_disk()) {
    for (std::size_t i = 0; i < programs_of_a_round; ++i) {
      programs_.push_back(std::make_unique<Program>(served_.port(), i, minutes_));
    }
    states_.resize(1);
    states_[0].sessions.resize(programs_of_a_round);
  }

  /// Empty if all was as it should be; else what was not.
  std::string run(unsigned commands) {
    while (commands_ < commands) {
      if (std::string difference = compare(next()); !difference.empty())
        return difference + "\n" + minutes_.text();
    }
    return {};
  }
  [[nodiscard]] unsigned commands() const { return commands_; }

 private:
  /// What is certain, and of the rest one possibility.
  [[nodiscard]] const State& state() const { return states_.front(); }
  [[nodiscard]] bool idles(std::size_t session) const { return state().sessions[session].idling; }

  Command one(std::size_t session) { return chooser_.command(state(), session); }

  std::vector<Part> next() {
    Chance& chance = chooser_.chance();
    std::size_t session = chance.below(programs_of_a_round);
    if (idles(session)) {
      if (chance.one_in(8)) return {{session, {chooser_.done(session)}}};
      while (idles(session)) session = (session + 1) % programs_of_a_round;
    }
    std::vector<Part> parts(1);
    parts[0].session = session;
    const auto kind = chance.below(100);
    if (kind == 0 && states_.size() == 1 && waiting() < 3) {
      parts[0].commands.push_back(chooser_.idle(session));
      return parts;
    }
    parts[0].commands.push_back(one(session));
    while (kind >= 90 && chance.one_in(2)) parts[0].commands.push_back(one(session));
    for (std::size_t i = 1; i < programs_of_a_round && kind >= 70 && parts.size() < 3; ++i) {
      const std::size_t other = (session + i) % programs_of_a_round;
      if (!idles(other) && chance.one_in(4)) parts.push_back({other, {one(other)}});
    }
    end_idling(parts);
    return parts;
  }

  [[nodiscard]] std::size_t waiting() const {
    return static_cast<std::size_t>(std::ranges::count_if(state().sessions, &Session::idling));
  }

  /// What an idling session heard of several commands may become clear much later, when it might
  /// have been told more already: with its tagged line all is told.
  void end_idling(std::vector<Part>& parts) {
    if (parts.size() == 1 && parts[0].commands.size() == 1) return;
    for (std::size_t i = 0; i < programs_of_a_round; ++i) {
      if (idles(i)) parts.push_back({i, {chooser_.done(i)}});
    }
  }

  std::string compare(const std::vector<Part>& parts) {
    for (const Part& part : parts) {
      std::string octets;
      for (const Command& command : part.commands) octets += command.octets;
      programs_[part.session]->send(octets);
      commands_ += static_cast<unsigned>(part.commands.size());
    }
    for (const Part& part : parts) programs_[part.session]->listen_to(part.commands);
    Verdict verdict = judge(parts);
    for (int waits = 0; verdict.after.empty() && waits < 500; ++waits) {
      if (hear_more()) verdict = judge(parts);
    }
    if (verdict.after.empty())
      return "expected: " + verdict.expected + "\nheard:    " + verdict.heard;
    states_ = std::move(verdict.after);
    go_on();
    return {};
  }

  [[nodiscard]] Verdict judge(const std::vector<Part>& parts) const {
    std::vector<Lines> heard;
    for (const auto& program : programs_) heard.push_back(program->heard());
    return explain(states_, parts, heard);
  }

  /// In ten seconds at most it is certain that nothing comes.
  bool hear_more() {
    bool more = false;
    for (const auto& program : programs_) more = program->listen_on(2ms) || more;
    return more;
  }

  /// Whoever heard BYE comes again.
  void go_on() {
    for (std::size_t i = 0; i < programs_of_a_round; ++i) {
      programs_[i]->forget();
      if (!state().sessions[i].over) continue;
      for (State& state : states_) state.sessions[i] = {};
      programs_[i] = std::make_unique<Program>(served_.port(), i, minutes_);
    }
  }

  Chooser chooser_;
  Minutes minutes_;
  test::Served served_;
  std::vector<std::unique_ptr<Program>> programs_;
  std::vector<State> states_;  ///< all that may be the case
  unsigned commands_ = 0;
};

/// More of them than a test has time for: POSTERN_ROUNDS=1000, each with the seed after the last
/// one's; POSTERN_SEED=17 is the first.
TEST(RandomSessions, HearWhatTheModelSays) {
  const unsigned first = from_environment("POSTERN_SEED", 1);
  for (unsigned seed = first; seed < first + from_environment("POSTERN_ROUNDS", 3); ++seed) {
    Round round(seed);
    const std::string difference = round.run(commands_of_a_round);
    if (!difference.empty())
      FAIL() << "POSTERN_SEED=" << seed << ", command " << round.commands() << "\n" << difference;
  }
}

}  // namespace
}  // namespace postern::imap::model
