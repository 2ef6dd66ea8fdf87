#include "proxy/daemon/doctor/login_steps.h"

#include <algorithm>

#include <fmt/format.h>

#include "proxy/daemon/terminal.h"

namespace postern::daemon::doctor {
namespace {

using engine::LoginLoan;
using engine::Schedule;
using engine::SourceState;

const char* who_says(Schedule::Least::Source source) {
  using Source = Schedule::Least::Source;
  switch (source) {
    case Source::preset: return "the provider's rule";
    case Source::announced: return "the server says so";
    case Source::learned: return "learned from refused logins";
    case Source::nobody: break;
  }
  return "";
}

/// How often one may log in.
Step limit(const Encounter& encounter, Schedule::Least least) {
  const auto announced = encounter.login_delay.value_or(std::chrono::seconds(0));
  if (announced > least.gap) least = {announced, Schedule::Least::Source::announced};
  if (least.gap == std::chrono::seconds(0))
    return {"throttle", Outcome::good, "no limit on logins is known", ""};
  return {"throttle", Outcome::good,
          fmt::format("logins at least {} apart ({}); the next one from {} on",
                      duration_text(least.gap), who_says(least.source),
                      time_text(iso8601(wall_now() + least.gap))),
          ""};
}

Step throttled(const Encounter& encounter) {
  const bool looks_like_password = encounter.trouble->state == SourceState::wrong_password;
  std::string text = encounter.trouble->detail;
  if (looks_like_password) {
    text =
        "the server refused this login and took one not long ago, or says so itself: this is a "
        "limit on how often one may log in, not the password. " +
        text;
  }
  return {"throttle", Outcome::bad, std::move(text),
          "wait; the daemon tries it again by itself, and less often from now on"};
}

}  // namespace

std::vector<Step> judge_login(const Encounter& encounter, const Schedule::Least& least,
                              const std::optional<engine::LoginEnd>& end) {
  using Ending = Schedule::Ending;
  if (!encounter.trouble) {
    return {{"login", Outcome::good, "accepted", ""},
            {"lock", Outcome::good, "nobody else held the mailbox", ""},
            limit(encounter, least)};
  }
  if (encounter.trouble->state == SourceState::mailbox_locked) {
    return {{"lock", Outcome::bad, encounter.trouble->detail,
             "the password was not refused: another program or device is fetching from this "
             "mailbox, or a connection that broke still counts there. Close it, or wait some "
             "minutes; the daemon tries it again by itself"},
            limit(encounter, least)};
  }
  if (end && end->ending == Ending::throttled) return {throttled(encounter)};
  const bool doubtful = end && end->ending == Ending::doubtful;
  return {{encounter.doing, Outcome::bad, encounter.trouble->detail,
           doubtful ? "it may be the password or a limit on logins: the server took this password "
                      "before. Wait some hours before you change anything"
                    : "see what was said below"}};
}

Step why_no_login(const LoginLoan& loan) {
  using Answer = LoginLoan::Answer;
  Step step{"login", Outcome::odd, "", ""};
  switch (loan.answer) {
    case Answer::too_soon:
      step.text =
          fmt::format("not tried: there was one not long ago, and they have to be {} apart ({})",
                      duration_text(loan.least.gap), who_says(loan.least.source));
      step.advice =
          fmt::format("try again at {}",
                      time_text(iso8601(loan.not_before.value_or(wall_now() + loan.least.gap))));
      break;
    case Answer::polling:
      step.text = "not tried: the daemon is logged in just now";
      step.advice = "try again when its poll is over: postern status";
      break;
    case Answer::refused_before:
      step.outcome = Outcome::bad;
      step.text =
          "not tried: the server refused this password twice, and providers lock mailboxes when "
          "it is tried on and on";
      step.advice =
          "write the right one into the configuration, then systemctl reload postern; if it is "
          "right already: postern sync";
      break;
    case Answer::unknown_source:
      step.text = "not tried: the daemon that runs does not know this source yet";
      step.advice = "systemctl reload postern";
      break;
    case Answer::troubled:
    case Answer::granted: {
      const bool signed_out = loan.trouble && loan.trouble->state == SourceState::sign_in_needed;
      step.outcome = signed_out ? Outcome::bad : Outcome::odd;
      step.text = "not tried: " + (loan.trouble ? loan.trouble->detail : "nobody allowed it");
      if (signed_out) step.advice = "sign in: postern login ACCOUNT";
      break;
    }
  }
  return step;
}

}  // namespace postern::daemon::doctor
