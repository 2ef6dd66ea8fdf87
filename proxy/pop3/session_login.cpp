#include <utility>

#include "proxy/access/sasl_server.h"
#include "proxy/access/store_access.h"
#include "proxy/pop3/session.h"
#include "sync/base/log.h"

namespace postern::pop3 {

asio::awaitable<Session::Next> Session::before_login(const Command& command) {
  using wire::pop3::Verb;
  switch (command.verb) {
    case Verb::stls: co_return co_await stls();
    case Verb::pass: co_return co_await pass(command);
    case Verb::auth: co_return co_await auth(command);
    case Verb::user: break;
    case Verb::utf8:
      // Messages go out as they came in any case: what reads them reads UTF-8 by now.
      ok("UTF-8 it is");
      co_return Next::go_on;
    default: co_return bad("log in first");
  }
  if (access::Directory::may_send_password(peer())) {
    user_ = command.argument;
    ok("and the password");
  } else {
    refuse_login(access::Refused::privacy_required);
  }
  co_return Next::go_on;
}

/// RFC 2595 section 4. What stands behind the command was sent in plaintext and must not be taken
/// for something that came through TLS.
asio::awaitable<Session::Next> Session::stls() {
  if (surroundings_.tls == nullptr || stream_.secure()) co_return bad("there is no STLS");
  const bool injected = !rest_.empty();
  ok("begin TLS now");
  co_await flush();
  if (injected) {
    log::info("pop3", "{}: plaintext behind STLS, the connection is ended", stream_.peer());
    co_return Next::end;
  }
  co_await start_tls();
  user_.clear();
  bad_commands_ = 0;
  co_return Next::go_on;
}

asio::awaitable<Session::Next> Session::pass(const Command& command) {
  if (user_.empty()) co_return bad("the user name comes first");
  Secret password{std::string(command.argument)};
  co_return co_await log_in(std::exchange(user_, {}), std::move(password));
}

/// RFC 5034 section 4.
asio::awaitable<Session::Next> Session::auth(const Command& command) {
  if (command.argument.empty()) {
    ok("mechanisms follow");
    for (const auto name :
         access::SaslServer::offered(surroundings_.directory, peer(), stream_.tls_bindings()))
      out_ += std::string(name) + "\r\n";
    out_ += ".\r\n";
    co_return Next::go_on;
  }
  if (!access::Directory::may_send_password(peer())) {
    refuse_login(access::Refused::privacy_required);
    co_return Next::go_on;
  }
  auto exchange = access::SaslServer::begin(command.argument, surroundings_.directory, peer(),
                                            stream_.tls_bindings());
  if (!exchange) co_return bad("there is no such way to log in");
  std::optional<std::string> response;
  if (command.initial)
    response = *command.initial == "=" ? std::string() : std::string(*command.initial);
  while (true) {
    using Kind = access::SaslServer::Step::Kind;
    access::SaslServer::Step step = co_await exchange->respond(std::move(response));
    if (step.kind == Kind::malformed) co_return bad("that makes no sense here");
    if (step.kind == Kind::done) co_return co_await conclude(std::move(step.outcome));
    out_ += "+ " + step.challenge + "\r\n";
    response = co_await read_line();
    if (!response) {
      err("the line is too long");
      co_return Next::end;
    }
    if (response == "*") co_return bad("given up");
  }
}

void Session::refuse_login(access::Refused why) {
  switch (why) {
    case access::Refused::wrong: return err("[AUTH] the user name or the password is wrong");
    case access::Refused::privacy_required: return err("no password without TLS: use STLS first");
    case access::Refused::throttled:
      return err("[SYS/TEMP] too many wrong passwords: wait a while");
    case access::Refused::unavailable: return err("[SYS/TEMP] the mailbox is not available now");
  }
}

asio::awaitable<Session::Next> Session::log_in(std::string user, Secret password) {
  auto login = co_await surroundings_.directory.login(std::move(user), std::move(password), peer());
  co_return co_await conclude(std::move(login));
}

asio::awaitable<Session::Next> Session::conclude(
    std::expected<access::Login, access::Refused> outcome) {
  if (outcome && outcome->rights == store::DeviceRights::send_only) {
    err("[AUTH] this device may only send");
    co_return Next::go_on;
  }
  if (outcome) {
    co_await open_maildrop(std::move(*outcome));
    co_return Next::go_on;
  }
  refuse_login(outcome.error());
  const bool counts = outcome.error() != access::Refused::unavailable;
  if (counts && ++failed_logins_ >= surroundings_.limits.failed_logins) co_return Next::end;
  co_return Next::go_on;
}

/// RFC 1939 section 4: one session holds the maildrop until it ends.
asio::awaitable<void> Session::open_maildrop(access::Login login) {
  if (!surroundings_.locked.insert(login.account).second) {
    err("[IN-USE] another session has this mailbox open");
    co_return;
  }
  account_ = login.account;
  device_ = login.device;
  device_id_ = login.device_id;
  rights_ = login.rights;
  const auto tree = login.store->tree();
  const store::MailboxInfo* inbox = tree->find("INBOX");
  if (inbox != nullptr) {
    auto opened = co_await access::open_mailbox(login.store, inbox->id);
    if (opened) mailbox_ = std::move(*opened);
  }
  if (!mailbox_) {
    release();
    err("[SYS/TEMP] the mailbox cannot be opened now");
    co_return;
  }
  UidSet hidden;
  if (hides()) {
    auto work = [device = device_id_, mailbox = inbox->id](store::Reader& reader) {
      return reader.hidden(device, mailbox);
    };
    auto reading = access::read(login.store, std::move(work));
    auto read = co_await std::move(reading);
    if (!read) {
      release();
      err("[SYS/TEMP] the mailbox cannot be opened now");
      co_return;
    }
    hidden = std::move(*read);
  }
  store_ = login.store;
  maildrop_.emplace(mailbox_->latest(), hidden);
  ahead_.emplace(executor_, store_, maildrop_->snapshot());
  bad_commands_ = 0;
  ok(std::to_string(maildrop_->count()) + " messages");
  login.poll_now();
}

/// The maildrop is free for the next session before the client learns that this one is over.
void Session::release() {
  if (!account_.empty()) surroundings_.locked.erase(account_);
  account_.clear();
}

}  // namespace postern::pop3
