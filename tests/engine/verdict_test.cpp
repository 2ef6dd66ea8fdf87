#include "sync/engine/verdict.h"

#include <gtest/gtest.h>

#include "sync/engine/refusal_words.h"

namespace postern::engine {
namespace {

using namespace std::chrono_literals;
using Ending = Schedule::Ending;
using upstream::Refusal;

constexpr SteadyTime now{std::chrono::hours(1000)};

enum class Certain { no, yes };

PollResult refused_with(Refusal kind, const char* words, Certain certain = Certain::no) {
  PollResult result;
  result.trouble = Trouble{SourceState::wrong_password, words};
  result.refusal = upstream::Refused{kind, "PASS", words, certain == Certain::yes};
  if (kind == Refusal::auth)
    result.credentials = certain == Certain::yes ? Credentials::refused : Credentials::doubtful;
  return result;
}

const LoginHistory never{};
const LoginHistory in_another_run{true, {}, {}};
const LoginHistory just_now{true, now - 5min, {}};
const LoginHistory just_now_and_refused_since{true, now - 8min, now - 4min};
const LoginHistory hours_ago{true, now - 5h, now - 4h};
const LoginHistory days_ago{true, now - 49h, now - 48h};
const LoginHistory never_yet_thrice{false, {}, now - 10min, 3};
const LoginHistory never_yet_five_times{false, {}, now - 4h, 5};
const LoginHistory thrice{true, now - 5h, now - 4h, 3};
const LoginHistory thrice_in_days{true, now - 49h, now - 48h, 3};

PollResult after_proof(PollResult result) {
  result.refusal->after_proof = true;
  return result;
}

TEST(Verdict, TellsALimitFromAWrongPassword) {  // D15, D16
  struct Row {
    const char* name;
    PollResult result;
    LoginHistory history;
    Ending expected;
  };
  const auto auth = refused_with(Refusal::auth, "wrong password", Certain::yes);
  const auto vague = refused_with(Refusal::auth, "authentication failed");
  const auto slow_down = refused_with(Refusal::auth, "Too many logins, try again later");
  const Row rows[] = {
      {"[AUTH] at first", auth, never, Ending::refused},
      {"[AUTH] soon after a success", auth, just_now, Ending::throttled},
      {"[AUTH] again", auth, just_now_and_refused_since, Ending::refused},
      {"[AUTH] long after a success", auth, hours_ago, Ending::refused},
      {"[AUTH] after a restart", auth, in_another_run, Ending::refused},
      {"no code, never let in", vague, never, Ending::refused},
      {"no code soon after a success", vague, just_now, Ending::throttled},
      {"no code again", vague, just_now_and_refused_since, Ending::doubtful},
      {"no code after a restart", vague, in_another_run, Ending::doubtful},
      {"no code for hours", vague, hours_ago, Ending::doubtful},
      {"no code for days", vague, days_ago, Ending::refused},
      {"words about a limit, never let in", slow_down, never, Ending::throttled},
      {"words about a limit for days", slow_down, days_ago, Ending::throttled},
      {"switched off soon after a success", refused_with(Refusal::auth, "POP3 is not enabled"),
       just_now, Ending::doubtful},
      {"[IN-USE]", refused_with(Refusal::in_use, "locked"), just_now, Ending::failure},
      {"[SYS/TEMP]", refused_with(Refusal::sys_temp, "later"), never, Ending::failure},
      {"[SYS/PERM]", refused_with(Refusal::sys_perm, "no mailbox"), never, Ending::standing},
      {"[LOGIN-DELAY]", refused_with(Refusal::throttled, "wait"), never, Ending::throttled},
      {"a greeting about a limit", refused_with(Refusal::other, "too many connections"), never,
       Ending::throttled},
      {"a greeting about anything", refused_with(Refusal::other, "go away"), never,
       Ending::failure},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(verdict(row.result, row.history, now), row.expected) << row.name;
  }
}

/// A server that says something else, or nothing, may mean the password all the same.
TEST(Verdict, DoubtsWhatIsAnsweredToTheCredentialsAgainAndAgain) {  // D16
  struct Row {
    const char* name;
    PollResult result;
    LoginHistory history;
    Ending expected;
  };
  const auto busy = after_proof(refused_with(Refusal::sys_temp, "later", Certain::yes));
  const auto slow_down = after_proof(refused_with(Refusal::auth, "Too many logins"));
  const auto delay = after_proof(refused_with(Refusal::throttled, "slowly", Certain::yes));
  const auto silence = after_proof(refused_with(Refusal::hung_up, ""));
  const auto locked = after_proof(refused_with(Refusal::in_use, "locked", Certain::yes));
  const Row rows[] = {
      {"hung up, at first", silence, never, Ending::failure},
      {"hung up, never let in", silence, never_yet_thrice, Ending::doubtful},
      {"hung up, never let in, for long", silence, never_yet_five_times, Ending::refused},
      {"hung up, let in before", silence, thrice, Ending::doubtful},
      {"hung up, let in before, for days", silence, thrice_in_days, Ending::refused},
      {"a limit in words, never let in", slow_down, never_yet_thrice, Ending::doubtful},
      {"a limit in words, never let in, for long", slow_down, never_yet_five_times,
       Ending::refused},
      {"a limit in words, let in before", slow_down, thrice, Ending::doubtful},
      {"[SYS/TEMP], at first", busy, never, Ending::failure},
      {"[SYS/TEMP], never let in, for long", busy, never_yet_five_times, Ending::refused},
      {"[SYS/TEMP], let in before", busy, thrice_in_days, Ending::failure},
      {"[LOGIN-DELAY], let in before", delay, thrice_in_days, Ending::throttled},
      {"[LOGIN-DELAY], never let in", delay, never_yet_thrice, Ending::doubtful},
      {"[IN-USE], never let in", locked, never_yet_five_times, Ending::failure},
      {"a greeting", refused_with(Refusal::other, "go away"), never_yet_five_times,
       Ending::failure},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(verdict(row.result, row.history, now), row.expected) << row.name;
  }
}

TEST(Verdict, OfWhatWasNoRefusal) {
  EXPECT_EQ(verdict({}, never, now), Ending::success);
  PollResult lost;
  lost.trouble = Trouble{SourceState::unreachable, "no route"};
  EXPECT_EQ(verdict(lost, just_now, now), Ending::failure);
  PollResult unsigned_in;
  unsigned_in.trouble = Trouble{SourceState::sign_in_needed, "sign in"};
  unsigned_in.credentials = Credentials::refused;
  EXPECT_EQ(verdict(unsigned_in, just_now, now), Ending::refused);
}

TEST(Hint, IsTakenFromTheWords) {
  struct Row {
    const char* words;
    Hint expected;
  };
  for (const Row& row : {
           Row{"Authentication failed.", Hint::none},
           Row{"Invalid login or password", Hint::none},
           Row{"", Hint::none},
           Row{"Invalid user name or password. Please wait a moment and try again.", Hint::none},
           Row{"Passwort falsch, bitte in 5 Minuten noch einmal", Hint::none},
           Row{"Bad credentials; temporarily refused", Hint::none},
           Row{"Too many login attempts", Hint::throttled},
           Row{"LOGIN FREQUENCY exceeded", Hint::throttled},
           Row{"you may only log in every 15 minutes", Hint::throttled},
           Row{"Zu viele Anmeldungen, bitte spaeter erneut versuchen", Hint::throttled},
           Row{"POP3 access is not allowed for this user, wait a minute", Hint::access_off},
           Row{"Der POP3-Zugang ist nicht aktiviert", Hint::access_off},
           Row{"[SYS/PERM] POP access disabled", Hint::access_off},
       }) {
    EXPECT_EQ(hint_of(row.words), row.expected) << row.words;
  }
}

}  // namespace
}  // namespace postern::engine
