#include "proxy/daemon/doctor/examination.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "config/read_secret.h"
#include "proxy/daemon/doctor/encounter.h"
#include "proxy/daemon/doctor/login_steps.h"
#include "proxy/daemon/doctor/public_text.h"
#include "proxy/daemon/doctor/telling.h"
#include "proxy/daemon/doctor/way_there.h"
#include "sync/engine/explain.h"

namespace postern::daemon::doctor {
namespace {

using std::chrono::seconds;

/// One examination under way.
class Examination {
 public:
  Examination(config::Source source, Circumstances circumstances, Lender& lender)
      : source_(std::move(source)),
        circumstances_(std::move(circumstances)),
        lender_(lender),
        text_(source_.username, circumstances_.account) {
    report_.provider = source_.provider;
    report_.server = fmt::format("{}:{}", source_.server.host, source_.server.port);
  }

  asio::awaitable<SourceReport> run();

 private:
  asio::awaitable<void> talk();
  void look_at_daemon();
  asio::awaitable<void> hello(Step why_no_login);
  asio::awaitable<void> log_in(engine::LoginLoan loan, Secret secret);
  void tell_listing(const Encounter& encounter);
  void add(std::string name, Outcome outcome, std::string text, std::string advice = "") {
    report_.steps.push_back({std::move(name), outcome, std::move(text), std::move(advice)});
  }

  config::Source source_;
  Circumstances circumstances_;
  Lender& lender_;
  PublicText text_;
  SourceReport report_;
  Seen seen_;
};

void Examination::look_at_daemon() {
  if (!circumstances_.daemon) {
    add("daemon", Outcome::good, "none runs, or it does not know this source");
    return;
  }
  const engine::SourceStatus& status = *circumstances_.daemon;
  using engine::SourceState;
  const bool well = status.state == SourceState::idle || status.state == SourceState::polling ||
                    status.state == SourceState::waiting;
  std::string text = well ? "it polls this source" : text_.hidden(status.detail);
  if (status.failures != 0) text += fmt::format("; {} failures in a row", status.failures);
  if (status.least.gap > seconds(0))
    text += fmt::format("; not more often than every {}", duration_text(status.least.gap));
  if (status.next_poll) text += "; next poll " + time_text(iso8601(*status.next_poll));
  add("daemon", well ? Outcome::good : Outcome::odd, text,
      !status.next_poll && !well ? "it waits for you: postern sync" : "");
}

void Examination::tell_listing(const Encounter& encounter) {
  add("listing", encounter.flaw.empty() ? Outcome::good : Outcome::odd,
      fmt::format("{} messages, {}{}", encounter.messages, octets_text(encounter.octets),
                  encounter.flaw.empty() ? "" : "; flawed: " + text_.words(encounter.flaw)),
      encounter.flaw.empty() ? "" : "nothing is deleted by such a listing");
}

/// Without a login, for what can be seen then.
asio::awaitable<void> Examination::hello(Step why_no_login) {
  Secret nothing;
  const Encounter encounter = co_await meet(source_, std::move(nothing), Depth::hello);
  doctor::tell(encounter, seen_, text_, report_);
  if (encounter.trouble) {
    add(encounter.doing, Outcome::bad, text_.hidden(encounter.trouble->detail),
        "see what was said below");
    co_return;
  }
  why_no_login.text = text_.hidden(why_no_login.text);
  report_.steps.push_back(std::move(why_no_login));
}

asio::awaitable<void> Examination::log_in(engine::LoginLoan loan, Secret secret) {
  const Encounter encounter = co_await meet(source_, std::move(secret), Depth::login);
  const auto end = login_end(encounter, loan.history, std::chrono::steady_clock::now());
  co_await lender_.give_back(end);
  doctor::tell(encounter, seen_, text_, report_);
  for (Step& step : judge_login(encounter, loan.least, end)) {
    step.text = text_.hidden(step.text);
    report_.steps.push_back(std::move(step));
  }
  if (!encounter.trouble) tell_listing(encounter);
}

asio::awaitable<void> Examination::talk() {
  Secret secret;
  if (!source_.oauth) {
    auto password = config::read_secret(source_.password);
    if (!password) {
      add("password", Outcome::bad, text_.hidden(password.error().what), password.error().advice);
      co_return;
    }
    secret = std::move(*password);
  }
  engine::LoginLoan loan = co_await lender_.lend(source_.key());
  if (loan.answer != engine::LoginLoan::Answer::granted) {
    Step why = doctor::why_no_login(loan);
    co_await hello(std::move(why));
    co_return;
  }
  if (loan.token) secret = std::move(*loan.token);
  co_await log_in(std::move(loan), std::move(secret));
}

asio::awaitable<SourceReport> Examination::run() {
  look_at_daemon();
  Place place{.server = source_.server,
              .tls = source_.tls,
              .insecure = source_.insecure,
              .opening = {"STLS"},
              .usual_ports = "995 is usually implicit, 110 starttls"};
  Way way = co_await look_at_way(std::move(place));
  std::ranges::move(way.steps, std::back_inserter(report_.steps));
  seen_ = {std::move(way.chain), circumstances_.newest_file};
  if (way.end == Way::End::there) co_await talk();
  co_return std::move(report_);
}

}  // namespace

asio::awaitable<SourceReport> examine(config::Source source, Circumstances circumstances,
                                      Lender& lender) {
  Examination examination(std::move(source), std::move(circumstances), lender);
  co_return co_await examination.run();
}

}  // namespace postern::daemon::doctor
