#include <utility>

#include <fmt/format.h>

#include "proxy/submission/session.h"
#include "proxy/submission/transaction.h"
#include "sync/wire/base64.h"
#include "sync/wire/command_text.h"
#include "sync/wire/sasl_plain.h"

namespace postern::submission {

/// RFC 4954 section 4.
asio::awaitable<Session::Next> Session::run(const wire::smtp::command::Auth& auth) {
  if (hello_.empty()) co_return bad(503, {5, 5, 1}, "say EHLO first");
  if (login_) co_return bad(503, {5, 5, 1}, "you have logged in already");
  if (transaction_) co_return bad(503, {5, 5, 1}, "not within a message");
  if (!access::Directory::may_send_password(peer()))
    co_return refuse_login(access::Refused::privacy_required);
  const bool plain = wire::is_word(auth.mechanism, "PLAIN");
  if (!plain && !wire::is_word(auth.mechanism, "LOGIN"))
    co_return bad(504, {5, 5, 4}, "there are only PLAIN and LOGIN");
  std::optional<std::string> initial;
  if (auth.initial) initial = *auth.initial == "=" ? std::string() : std::string(*auth.initial);
  if (!plain) co_return co_await auth_login(std::move(initial));
  if (!initial) initial = co_await ask("");
  if (!initial) co_return Next::end;
  co_return co_await auth_plain(std::move(*initial));
}

/// The answer to a challenge; nullopt after one that is too long, which was told.
asio::awaitable<std::optional<std::string>> Session::ask(std::string_view challenge) {
  out_ += fmt::format("334 {}\r\n", wire::base64_encode(challenge));
  std::optional<std::string> line = co_await read_line();
  if (!line) say(500, {5, 5, 6}, "the line is too long");
  co_return line;
}

asio::awaitable<Session::Next> Session::auth_plain(std::string response) {
  if (response == "*") co_return bad(501, {5, 7, 0}, "given up");
  auto plain = wire::parse_sasl_plain(response);
  wipe(response);
  if (!plain) co_return bad(501, {5, 5, 2}, "that makes no sense in PLAIN");
  if (!plain->authorization.empty() && plain->authorization != plain->user)
    co_return refuse_login(access::Refused::wrong);
  co_return co_await log_in(std::move(plain->user), std::move(plain->password));
}

/// Two prompts, in the words that all programs know.
asio::awaitable<Session::Next> Session::auth_login(std::optional<std::string> user) {
  if (!user) user = co_await ask("Username:");
  if (!user) co_return Next::end;
  if (*user == "*") co_return bad(501, {5, 7, 0}, "given up");
  const auto name = wire::base64_decode(*user);
  if (!name) co_return bad(501, {5, 5, 2}, "that is no base64");
  std::optional<std::string> response = co_await ask("Password:");
  if (!response) co_return Next::end;
  if (*response == "*") co_return bad(501, {5, 7, 0}, "given up");
  auto password = wire::base64_decode(*response);
  wipe(*response);
  if (!password) co_return bad(501, {5, 5, 2}, "that is no base64");
  // The same bounds for both mechanisms.
  Secret secret(std::move(*password));
  const Secret as_plain = wire::format_sasl_plain(*name, secret);
  if (!wire::parse_sasl_plain(as_plain.reveal())) co_return refuse_login(access::Refused::wrong);
  co_return co_await log_in(*name, std::move(secret));
}

asio::awaitable<Session::Next> Session::log_in(std::string user, Secret password) {
  auto login = co_await surroundings_.directory.login(std::move(user), std::move(password), peer());
  if (!login) co_return refuse_login(login.error());
  login_ = std::move(*login);
  bad_commands_ = 0;
  say(235, {2, 7, 0}, "welcome");
  co_return Next::go_on;
}

/// RFC 4954 section 6.
Session::Next Session::refuse_login(access::Refused why) {
  switch (why) {
    case access::Refused::wrong:
      say(535, {5, 7, 8}, "the user name or the password is wrong");
      break;
    case access::Refused::privacy_required:
      say(538, {5, 7, 11}, "no password without TLS: use STARTTLS first");
      break;
    case access::Refused::throttled:
      say(454, {4, 7, 0}, "too many wrong passwords: wait a while");
      break;
    case access::Refused::unavailable:
      say(454, {4, 7, 0}, "the account is not available now");
      return Next::go_on;
  }
  if (++failed_logins_ < surroundings_.limits.failed_logins) return Next::go_on;
  say(421, {4, 7, 0}, "too many logins that failed");
  return Next::end;
}

}  // namespace postern::submission
