#include "proxy/daemon/doctor/examination.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "config/read_secret.h"
#include "proxy/daemon/doctor/clock.h"
#include "proxy/daemon/doctor/encounter.h"
#include "proxy/daemon/doctor/login_steps.h"
#include "proxy/daemon/doctor/public_text.h"
#include "sync/engine/explain.h"
#include "sync/engine/interception.h"
#include "sync/net/certificate_probe.h"
#include "sync/net/error.h"
#include "sync/net/resolve.h"

namespace postern::daemon::doctor {
namespace {

using config::Tls;
using std::chrono::seconds;

constexpr seconds patience{10};
constexpr std::chrono::days certificate_soon{14};

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
  asio::awaitable<bool> find_host();
  asio::awaitable<bool> connect();
  asio::awaitable<void> look_at_certificates();
  asio::awaitable<void> talk();
  void look_at_daemon();
  asio::awaitable<void> hello(Step why_no_login);
  asio::awaitable<void> log_in(engine::LoginLoan loan, Secret secret);
  void tell(const Encounter& encounter);
  void tell_listing(const Encounter& encounter);
  void add(std::string name, Outcome outcome, std::string text, std::string advice = "") {
    report_.steps.push_back({std::move(name), outcome, std::move(text), std::move(advice)});
  }

  config::Source source_;
  Circumstances circumstances_;
  Lender& lender_;
  PublicText text_;
  SourceReport report_;
  std::vector<asio::ip::address> addresses_;
  std::vector<net::CertificateFacts> chain_;
};

asio::awaitable<bool> Examination::find_host() {
  try {
    addresses_ = co_await net::resolve(source_.server.host, patience);
  } catch (const net::Error& error) {
    add("dns", Outcome::bad, error.what(),
        "check the name of the server and this machine's name service (resolvectl query " +
            source_.server.host + ")");
    co_return false;
  }
  std::string list;
  for (const auto& address : addresses_) list += (list.empty() ? "" : ", ") + address.to_string();
  add("dns", Outcome::good, list);
  co_return true;
}

asio::awaitable<bool> Examination::connect() {
  std::size_t good = 0;
  std::string text;
  for (const auto& address : addresses_) {
    const auto begin = std::chrono::steady_clock::now();
    text += text.empty() ? "" : "; ";
    try {
      const net::Endpoint to{address.to_string(), source_.server.port};
      net::Stream stream = co_await net::dial(to, patience);
      stream.close();
      const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
          std::chrono::steady_clock::now() - begin);
      text += fmt::format("{} in {} ms", address.to_string(), took.count());
      ++good;
    } catch (const net::Error& error) {
      text += error.what();
    }
  }
  if (good == addresses_.size()) {
    add("tcp", Outcome::good, text);
  } else if (good != 0) {
    add("tcp", Outcome::odd, text, "the others are used; IPv6 without a way out looks like this");
  } else {
    add("tcp", Outcome::bad, text,
        "check the port and the network; firewalls and some providers of access block it");
  }
  co_return good != 0;
}

asio::awaitable<void> Examination::look_at_certificates() {
  if (source_.tls == Tls::none) {
    add("certificate", source_.insecure ? Outcome::odd : Outcome::good, "no TLS is wanted",
        source_.insecure ? "the password crosses the network unprotected" : "");
    co_return;
  }
  try {
    const net::Endpoint server{source_.server.host, source_.server.port};
    const std::string opening = source_.tls == Tls::starttls ? "STLS\r\n" : "";
    chain_ = co_await net::probe_certificates(server, opening, patience);
  } catch (const net::Error& error) {
    add("certificate", Outcome::bad, error.what(), "check the port and `tls:`");
    co_return;
  }
  if (chain_.empty()) {
    add("certificate", Outcome::bad, "the server does not speak TLS here",
        "check the port and `tls:`: 995 is usually implicit, 110 starttls");
    co_return;
  }
  const net::CertificateFacts& leaf = chain_.front();
  const auto left = std::chrono::duration_cast<std::chrono::days>(leaf.life.end - wall_now());
  std::string text =
      fmt::format("{}, valid for {}, for {} more days", leaf.subject, leaf.names, left.count());
  for (const net::CertificateFacts& each : chain_) text += "; issued by " + each.issuer;
  text += "; " + leaf.fingerprint;
  if (const auto program = engine::interceptor(text)) {
    add("certificate", Outcome::bad, text,
        fmt::format("this is not the server's certificate: {} reads along; switch off its scanning "
                    "of mail",
                    *program));
  } else if (left < certificate_soon) {
    add("certificate", Outcome::odd, text, "the provider has to renew it");
  } else {
    add("certificate", Outcome::good, text);
  }
}

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

void Examination::tell(const Encounter& encounter) {
  for (const std::string& line : encounter.transcript) {
    const bool ours = line.starts_with("C: ");
    const std::string_view words = std::string_view(line).substr(3);
    report_.transcript.push_back(ours ? "C: " + text_.command(words) : "S: " + text_.words(words));
  }
  if (!encounter.tls.version.empty())
    add("tls", Outcome::good, encounter.tls.version + ", " + encounter.tls.cipher);
  if (!encounter.capabilities.empty()) {
    std::string list;
    for (const auto& [when, lines] : encounter.capabilities) {
      list += fmt::format("{}{}: ", list.empty() ? "" : "; ", when);
      for (const std::string& line : lines)
        list += (&line == &lines.front() ? "" : ", ") + text_.words(line);
    }
    add("capabilities", Outcome::good, list);
  }
  ClockFacts clock{
      wall_now(), greeting_time(encounter.greeting), {}, {}, circumstances_.newest_file};
  if (!chain_.empty()) {
    clock.certificate_begin = chain_.front().life.begin;
    clock.certificate_end = chain_.front().life.end;
  }
  report_.steps.push_back(judge_clock(clock));
  if (!encounter.methods.empty()) add("methods", Outcome::good, encounter.methods);
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
  tell(encounter);
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
  tell(encounter);
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
  const bool found = co_await find_host();
  bool connected = false;
  if (found) connected = co_await connect();
  if (connected) {
    co_await look_at_certificates();
    co_await talk();
  }
  co_return std::move(report_);
}

}  // namespace

asio::awaitable<SourceReport> examine(config::Source source, Circumstances circumstances,
                                      Lender& lender) {
  Examination examination(std::move(source), std::move(circumstances), lender);
  co_return co_await examination.run();
}

}  // namespace postern::daemon::doctor
