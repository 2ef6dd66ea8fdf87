#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "sync/base/clock.h"

namespace postern::engine {

/// When a source is polled next. Pure: time and chance are handed in.
///
/// - Two polls never follow each other faster than least() allows: the provider's own minimum, the
///   server's LOGIN-DELAY (RFC 2449 section 6.5), or what its refusals taught.
/// - After a success: the interval, a little more or less.
/// - After failures in a row: 1, 2, 4 ... 60 minutes, a little more or less. When logins were
///   limited, never sooner than the interval; when it is doubtful whether they were, 15, 30 ... 240
///   minutes; when somebody has to act at the provider, an hour.
/// - After two refusals of the credentials in a row: not at all, until the operator asks.
/// - Asked for: at once, but not before `shortest_gap` and least() after the last poll. While it
///   pauses after a failure only the operator's word counts, and a change of the surroundings if
///   the server could not be reached.
/// - The operator's word is good for one more login that may be refused; with the same credentials
///   the next ones are 1, 2, 4 ... 60 minutes apart. With other ones it begins anew, at once unless
///   logins were limited.
class Schedule {
 public:
  using Seconds = std::chrono::seconds;
  static constexpr Seconds shortest_gap{5};
  static constexpr unsigned most_refusals = 2;
  /// A login that is refused this long after a good one says nothing about how often one may come.
  static constexpr std::chrono::minutes memory_of_success{60};

  struct Pace {
    Seconds interval;
    Seconds provider_least{0};  ///< 0: none is known
  };
  Schedule(Pace pace, SteadyTime first) : pace_(pace), due_(first) {}

  enum class Ending : std::uint8_t {
    success,
    failure,    ///< passes by itself
    standing,   ///< passes when somebody acts at the provider
    throttled,  ///< logged in too often
    doubtful,   ///< throttled, or the credentials: nobody can tell
    refused,    ///< the credentials
  };
  /// `chance` is from 0 to 1. `login_delay` as the server announced it, kept until it says another.
  void ended(Ending ending, std::optional<Seconds> login_delay, double chance, SteadyTime now);

  enum class Asker : std::uint8_t {
    program,
    operator_self,
    corrected,     ///< the operator, with other credentials than those that were refused
    surroundings,  ///< another network, or the machine woke up
  };
  /// Somebody wants a poll at `when`, now or a little later.
  void ask(Asker asker, SteadyTime when);

  /// When somebody may log in beside the polls who was asked to: as soon as least() allows.
  [[nodiscard]] SteadyTime login_allowed(SteadyTime now) const;
  /// Such a login begins: no poll follows it sooner than least(). What due() was, for withdraw().
  std::optional<SteadyTime> begin_beside(SteadyTime now);
  /// It came to nothing before the server was asked.
  void withdraw_beside(std::optional<SteadyTime> due_before);
  /// It ended. One that went well puts no poll off but for least(), and ends a pause after logins
  /// that did not; one that was refused counts as that of a poll does.
  void ended_beside(Ending ending, std::optional<Seconds> login_delay, double chance,
                    SteadyTime now);

  /// nullopt: not until the operator asks.
  [[nodiscard]] std::optional<SteadyTime> due() const { return due_; }
  [[nodiscard]] unsigned failures() const { return failures_; }
  [[nodiscard]] std::optional<SteadyTime> last_success() const { return last_success_; }

  /// The least time from the end of a poll to the next one, and who says so.
  struct Least {
    enum class Source : std::uint8_t { nobody, preset, announced, learned };
    Seconds gap{0};
    Source source = Source::nobody;
  };
  [[nodiscard]] Least least() const;

  /// What the refusals taught.
  [[nodiscard]] Seconds learned() const { return learned_; }

  /// What outlives the program: one that was started anew logs in no sooner than one that went on.
  struct Kept {
    std::optional<SteadyTime> last;  ///< login
    std::optional<SteadyTime> last_success;
    Seconds announced{0};
    Seconds learned{0};
    unsigned refusals = 0;
    unsigned failures = 0;  ///< logins in a row that were not taken
  };
  [[nodiscard]] Kept kept() const;
  /// Before anything ended.
  void restore(const Kept& kept, SteadyTime now);
  [[nodiscard]] bool stopped() const { return refusals_ >= most_refusals; }
  /// The last login was not taken.
  [[nodiscard]] bool login_refused() const {
    return last_ending_ == Ending::refused || last_ending_ == Ending::doubtful ||
           last_ending_ == Ending::throttled;
  }

 private:
  void set_learned(Seconds learned, SteadyTime now);
  void learn(SteadyTime now);
  void unlearn(SteadyTime now);
  [[nodiscard]] std::chrono::milliseconds pause(Ending ending) const;
  [[nodiscard]] SteadyTime earliest(SteadyTime when) const;
  [[nodiscard]] SteadyTime earliest_for_operator(SteadyTime when) const;

  Pace pace_;
  std::optional<SteadyTime> due_;
  std::optional<SteadyTime> last_end_;
  std::optional<SteadyTime> last_success_;
  Ending last_ending_ = Ending::success;
  Seconds login_delay_{0};
  Seconds learned_{0};
  SteadyTime learned_at_{};
  unsigned failures_ = 0;
  unsigned refusals_ = 0;
};

}  // namespace postern::engine
