#include "proxy/daemon/doctor/examination.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "config/secret_source.h"
#include "proxy/daemon/doctor/clock.h"
#include "proxy/daemon/doctor/encounter.h"
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
  Examination(config::Source source, Circumstances circumstances)
      : source_(std::move(source)),
        circumstances_(std::move(circumstances)),
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
  [[nodiscard]] std::string reason_not_to_log_in() const;
  void tell(const Encounter& encounter, const std::string& no_login);
  void add(std::string name, Outcome outcome, std::string text, std::string advice = "") {
    report_.steps.push_back({std::move(name), outcome, std::move(text), std::move(advice)});
  }

  config::Source source_;
  Circumstances circumstances_;
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
  const auto left = std::chrono::duration_cast<std::chrono::days>(leaf.not_after - wall_now());
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

/// What the login would do harm to.
std::string Examination::reason_not_to_log_in() const {
  if (source_.oauth) return "it needs a token, which the daemon has: postern sync tries it";
  if (!circumstances_.daemon) return "";
  const engine::SourceStatus& status = *circumstances_.daemon;
  if (status.state == engine::SourceState::polling)
    return "the daemon is logged in just now; try again later";
  const auto gap = std::max<seconds>(status.least.gap, source_.shortest_poll);
  if (status.last_poll && gap > seconds(0) && wall_now() - *status.last_poll < gap) {
    return fmt::format("the provider wants {} between two logins; try again at {}",
                       duration_text(gap), time_text(iso8601(*status.last_poll + gap)));
  }
  return "";
}

void Examination::tell(const Encounter& encounter, const std::string& no_login) {
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
    clock.certificate_begin = chain_.front().not_before;
    clock.certificate_end = chain_.front().not_after;
  }
  report_.steps.push_back(judge_clock(clock));
  if (!encounter.methods.empty()) add("methods", Outcome::good, encounter.methods);
  if (encounter.trouble) {
    add(encounter.doing, Outcome::bad, text_.hidden(encounter.trouble->detail),
        "see what was said below");
    return;
  }
  if (!no_login.empty()) {
    add("login", Outcome::odd, "not tried: " + no_login);
    return;
  }
  add("login", Outcome::good, "accepted");
  add("listing", encounter.flaw.empty() ? Outcome::good : Outcome::odd,
      fmt::format("{} messages, {}{}", encounter.messages, octets_text(encounter.octets),
                  encounter.flaw.empty() ? "" : "; flawed: " + text_.words(encounter.flaw)),
      encounter.flaw.empty() ? "" : "nothing is deleted by such a listing");
}

asio::awaitable<void> Examination::talk() {
  const std::string no_login = reason_not_to_log_in();
  Secret password;
  if (no_login.empty()) {
    auto secret = config::read_secret(source_.password);
    if (!secret) {
      add("password", Outcome::bad, text_.hidden(secret.error().what), secret.error().advice);
      co_return;
    }
    password = std::move(*secret);
  }
  const Depth depth = no_login.empty() ? Depth::login : Depth::hello;
  const Encounter encounter = co_await meet(source_, std::move(password), depth);
  tell(encounter, no_login);
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

asio::awaitable<SourceReport> examine(config::Source source, Circumstances circumstances) {
  Examination examination(std::move(source), std::move(circumstances));
  co_return co_await examination.run();
}

}  // namespace postern::daemon::doctor
