#include <expected>
#include <optional>
#include <string_view>
#include <utility>

#include "proxy/access/sasl_server.h"
#include "proxy/imap/session.h"
#include "proxy/imap/watch.h"
#include "sync/base/log.h"
#include "sync/net/tls.h"

namespace postern::imap {
namespace {

/// RFC 5530.
Answer refusal(access::Refused refused) {
  switch (refused) {
    case access::Refused::wrong:
      return Answer::no("AUTHENTICATIONFAILED", "Wrong user name or password");
    case access::Refused::privacy_required:
      return Answer::no("PRIVACYREQUIRED", "Use TLS: passwords are not taken in the clear");
    case access::Refused::throttled:
      return Answer::no("UNAVAILABLE", "Too many failed logins; try again later");
    case access::Refused::unavailable: break;
  }
  return Answer::no("UNAVAILABLE", "The account is not available at the moment");
}

}  // namespace

asio::awaitable<Answer> Session::run(const wire::imap::command::Noop& /*command*/) {
  co_return Answer::ok("NOOP completed");
}

asio::awaitable<Answer> Session::run(const wire::imap::command::Logout& /*command*/) {
  bye("", "Logging out");
  close_view();
  state_ = State::logout;
  co_return Answer::ok("LOGOUT completed");
}

asio::awaitable<Answer> Session::run(const wire::imap::command::StartTls& /*command*/) {
  if (stream_.secure()) co_return Answer::bad("TLS is active already");
  // After UNAUTHENTICATE. RFC 4978 section 3.
  if (stream_.compressed()) co_return Answer::bad("TLS comes before compression");
  if (surroundings_.tls == nullptr) co_return Answer::bad("TLS is not available");
  if (framer_.holds_octets()) {
    // What came behind STARTTLS in the clear might be taken for something said inside TLS.
    log::warning("imap", "{}: octets behind STARTTLS, connection ended", stream_.peer());
    bye("", "Nothing may follow STARTTLS before TLS is up");
    co_return Answer::bad("Nothing may follow STARTTLS before TLS is up");
  }
  tls_next_ = true;
  co_return Answer::ok("Begin TLS now");
}

/// What was said before TLS counts for nothing after it (RFC 3501 section 6.2.1).
asio::awaitable<void> Session::switch_to_tls() {
  co_await flush();
  framer_ = Framer(wire::imap::FramerLimits::before_login());
  program_.clear();
  profile_.clear();
  profile_switches_ = {};
  renew_offer();
  co_await start_tls();
}

asio::awaitable<Answer> Session::run(const wire::imap::command::Login& command) {
  if (!access::Directory::may_send_password(peer()))
    co_return refusal(access::Refused::privacy_required);
  co_return co_await log_in(command.user, command.password);
}

/// RFC 9051 section 6.2.2, RFC 4959.
asio::awaitable<Answer> Session::run(const wire::imap::command::Authenticate& command) {
  if (!access::Directory::may_send_password(peer()))
    co_return refusal(access::Refused::privacy_required);
  const auto exchange = access::SaslServer::begin(command.mechanism, surroundings_.directory,
                                                  peer(), stream_.tls_bindings());
  if (!exchange) co_return Answer::no("CANNOT", "There is no such way to log in");
  std::optional<std::string> response;
  if (command.initial_response) {
    const std::string_view initial = command.initial_response->reveal();
    response = initial == "=" ? std::string() : std::string(initial);
  }
  while (true) {
    using Kind = access::SaslServer::Step::Kind;
    access::SaslServer::Step step = co_await exchange->respond(std::move(response));
    if (step.kind == Kind::malformed) co_return Answer::bad("That makes no sense here");
    if (step.kind == Kind::done) co_return conclude(std::move(step.outcome));
    out_ += "+ " + step.challenge + "\r\n";
    response = co_await read_line();
    if (!response) co_return Answer::bad("The response is too long");
    if (*response == "*") co_return Answer::bad("AUTHENTICATE cancelled");
  }
}

/// RFC 8437 section 3: all that came with the login is gone.
asio::awaitable<Answer> Session::run(const wire::imap::command::Unauthenticate& /*command*/) {
  close_view();
  enabled_ = {};
  annotations_.reset();
  watch_.reset();
  login_.reset();
  renew_offer();
  state_ = State::not_authenticated;
  bad_ = 0;
  begin_login();
  framer_.set_limits(wire::imap::FramerLimits::before_login());
  co_return Answer::ok("UNAUTHENTICATE completed");
}

asio::awaitable<Answer> Session::log_in(std::string user, Secret password) {
  auto login = co_await surroundings_.directory.login(std::move(user), std::move(password), peer());
  co_return conclude(std::move(login));
}

Answer Session::conclude(std::expected<access::Login, access::Refused> login) {
  if (!login) return refusal(login.error());
  if (login->rights == store::DeviceRights::send_only)
    return Answer::no("NOPERM", "This device may only send");
  login_ = std::move(*login);
  renew_offer();
  surroundings_.directory.introduce(*login_, peer(), program_);
  state_ = State::authenticated;
  bad_ = 0;
  framer_.set_limits(wire::imap::FramerLimits::after_login(surroundings_.limits.command_line));
  return Answer::ok("Logged in", "CAPABILITY " + capabilities());
}

}  // namespace postern::imap
