#include <utility>

#include <fmt/format.h>

#include "proxy/access/sasl_server.h"
#include "proxy/submission/session.h"
#include "proxy/submission/transaction.h"

namespace postern::submission {

/// RFC 4954 section 4.
asio::awaitable<Session::Next> Session::run(const wire::smtp::command::Auth& auth) {
  if (hello_.empty()) co_return bad(503, {5, 5, 1}, "say EHLO first");
  if (login_) co_return bad(503, {5, 5, 1}, "you have logged in already");
  if (transaction_) co_return bad(503, {5, 5, 1}, "not within a message");
  if (!access::Directory::may_send_password(peer()))
    co_return refuse_login(access::Refused::privacy_required);
  auto exchange = access::SaslServer::begin(auth.mechanism, surroundings_.directory, peer(),
                                            stream_.tls_bindings());
  if (!exchange) co_return bad(504, {5, 5, 4}, "there is no such way to log in");
  std::optional<std::string> response;
  if (auth.initial) response = *auth.initial == "=" ? std::string() : std::string(*auth.initial);
  while (true) {
    using Kind = access::SaslServer::Step::Kind;
    access::SaslServer::Step step = co_await exchange->respond(std::move(response));
    if (step.kind == Kind::malformed) co_return bad(501, {5, 5, 2}, "that makes no sense here");
    if (step.kind == Kind::done) co_return conclude(std::move(step.outcome));
    out_ += fmt::format("334 {}\r\n", step.challenge);
    response = co_await read_line();
    if (!response) {
      say(500, wire::smtp::EnhancedStatus{5, 5, 6}, "the line is too long");
      co_return Next::end;
    }
    if (response == "*") co_return bad(501, {5, 7, 0}, "given up");
  }
}

Session::Next Session::conclude(std::expected<access::Login, access::Refused> outcome) {
  if (!outcome) return refuse_login(outcome.error());
  if (outcome->rights == store::DeviceRights::read_only) {
    say(535, wire::smtp::EnhancedStatus{5, 7, 1}, "this device may only read");
    return Next::go_on;
  }
  login_ = std::move(*outcome);
  say(235, wire::smtp::EnhancedStatus{2, 7, 0}, "welcome");
  return Next::go_on;
}

/// RFC 4954 section 6.
Session::Next Session::refuse_login(access::Refused why) {
  switch (why) {
    case access::Refused::wrong:
      say(535, wire::smtp::EnhancedStatus{5, 7, 8}, "the user name or the password is wrong");
      break;
    case access::Refused::privacy_required:
      say(538, wire::smtp::EnhancedStatus{5, 7, 11}, "no password without TLS: use STARTTLS first");
      break;
    case access::Refused::throttled:
      say(454, wire::smtp::EnhancedStatus{4, 7, 0}, "too many wrong passwords: wait a while");
      break;
    case access::Refused::unavailable:
      say(454, wire::smtp::EnhancedStatus{4, 7, 0}, "the account is not available now");
      return Next::go_on;
  }
  if (++failed_logins_ < surroundings_.limits.failed_logins) return Next::go_on;
  say(421, wire::smtp::EnhancedStatus{4, 7, 0}, "too many logins that failed");
  return Next::end;
}

}  // namespace postern::submission
