#include "proxy/daemon/doctor/outgoing_examination.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "config/read_secret.h"
#include "proxy/daemon/doctor/login_steps.h"
#include "proxy/daemon/doctor/public_text.h"
#include "proxy/daemon/doctor/smtp_encounter.h"
#include "proxy/daemon/doctor/telling.h"
#include "proxy/daemon/doctor/way_there.h"

namespace postern::daemon::doctor {
namespace {

using upstream::Credential;

/// One examination under way.
class Examination {
 public:
  Examination(config::Outgoing server, OutgoingCircumstances circumstances, Lender& lender)
      : server_(std::move(server)),
        circumstances_(std::move(circumstances)),
        lender_(lender),
        text_(server_.username, circumstances_.account) {
    report_.provider = server_.provider;
    report_.server = fmt::format("{}:{}", server_.server.host, server_.server.port);
  }

  asio::awaitable<SourceReport> run();

 private:
  asio::awaitable<void> talk();
  asio::awaitable<void> talk_with_token(std::string source_key);
  asio::awaitable<void> talk_with_password(const config::SecretSource& from);
  asio::awaitable<void> converse(Credential credential, Depth depth, Step at_the_end);
  void add(std::string name, Outcome outcome, std::string text, std::string advice = "") {
    report_.steps.push_back({std::move(name), outcome, std::move(text), std::move(advice)});
  }

  config::Outgoing server_;
  OutgoingCircumstances circumstances_;
  Lender& lender_;
  PublicText text_;
  SourceReport report_;
  Seen seen_;
};

asio::awaitable<void> Examination::converse(Credential credential, Depth depth, Step at_the_end) {
  const Encounter encounter = co_await meet(server_, std::move(credential), depth);
  tell(encounter, seen_, text_, report_);
  if (encounter.trouble) {
    at_the_end = {encounter.doing, Outcome::bad, encounter.trouble->detail,
                  "see what was said below"};
  }
  at_the_end.text = text_.hidden(at_the_end.text);
  report_.steps.push_back(std::move(at_the_end));
}

asio::awaitable<void> Examination::talk_with_password(const config::SecretSource& from) {
  auto password = config::read_secret(from);
  if (!password) {
    add("password", Outcome::bad, text_.hidden(password.error().what), password.error().advice);
    co_return;
  }
  Credential credential(std::move(*password));
  Step accepted{"login", Outcome::good, "accepted", ""};
  co_await converse(std::move(credential), Depth::login, std::move(accepted));
}

asio::awaitable<void> Examination::talk_with_token(std::string source_key) {
  // Nobody logs in to the source: how often one may do that there is no matter here.
  engine::LoginLoan loan = co_await lender_.lend_token(std::move(source_key));
  if (!loan.token) {
    Credential nothing = Credential::token(Secret());
    Step why = why_no_login(loan);
    co_await converse(std::move(nothing), Depth::hello, std::move(why));
    co_return;
  }
  Credential credential = Credential::token(std::move(*loan.token));
  Step accepted{"login", Outcome::good, "accepted", ""};
  co_await converse(std::move(credential), Depth::login, std::move(accepted));
}

asio::awaitable<void> Examination::talk() {
  const auto& source = circumstances_.source;
  if (server_.password) {
    co_await talk_with_password(*server_.password);
  } else if (source && source->oauth) {
    std::string key = source->key();
    co_await talk_with_token(std::move(key));
  } else if (circumstances_.source_login == OutgoingCircumstances::SourceLogin::refused) {
    Credential nothing{Secret()};
    Step why{"login", Outcome::odd, "not tried: the source's server refuses the same password",
             "mend the password of the source first"};
    co_await converse(std::move(nothing), Depth::hello, std::move(why));
  } else if (source) {
    co_await talk_with_password(source->password);
  }
}

asio::awaitable<SourceReport> Examination::run() {
  Place place{.server = server_.server,
              .tls = server_.tls,
              .insecure = server_.insecure,
              .opening = {"EHLO [127.0.0.1]", "STARTTLS"},
              .usual_ports = "465 is usually implicit, 587 starttls"};
  Way way = co_await look_at_way(std::move(place));
  std::ranges::move(way.steps, std::back_inserter(report_.steps));
  seen_ = {std::move(way.chain), circumstances_.newest_file};
  if (way.end == Way::End::there) co_await talk();
  co_return std::move(report_);
}

}  // namespace

asio::awaitable<SourceReport> examine(config::Outgoing server, OutgoingCircumstances circumstances,
                                      Lender& lender) {
  Examination examination(std::move(server), std::move(circumstances), lender);
  co_return co_await examination.run();
}

}  // namespace postern::daemon::doctor
