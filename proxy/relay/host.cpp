#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "proxy/relay/opening.h"
#include "proxy/relay/session.h"
#include "proxy/relay/sign_in.h"
#include "sync/base/log.h"
#include "sync/net/error.h"

namespace postern::relay {
namespace {

std::string words_of(access::Refused why) {
  switch (why) {
    case access::Refused::wrong: return "wrong user name or password";
    case access::Refused::privacy_required:
      return "no password is taken here from another machine: it would cross the network in the "
             "clear";
    case access::Refused::throttled: return "too many wrong passwords: wait a while";
    case access::Refused::unavailable: break;
  }
  return "the account is not available now";
}

/// A refusal that concerns what Postern logs in with is nothing that the program's user can answer
/// with another password.
std::string words_of(const std::string& said, const std::string& username) {
  return fmt::format("the provider refuses the login of {}: {}", log::quoted(username),
                     log::quoted(said));
}

}  // namespace

asio::awaitable<void> Session::host() {
  const auto lobby = make_lobby(route_.protocol, surroundings_.limits.line);
  out_ += lobby->greeting();
  unsigned failed = 0;
  Lobby::Event event = Lobby::Event::more;
  while (event != Lobby::Event::over && !stopping_) {
    co_await flush();
    if (event == Lobby::Event::more) {
      lobby->feed(co_await receive());
      wipe(input_.data(), input_.size());
    }
    event = lobby->next(out_);
    begin_waiting();
    if (event != Lobby::Event::login) continue;
    const auto turned = co_await admit(lobby->take_login());
    if (!turned) {
      through_ = true;
      lobby->accept(out_);
      break;
    }
    lobby->refuse(turned->kind, turned->reason, out_);
    const bool counts =
        turned->kind == Lobby::Refusal::credentials || turned->by != Turned::By::relay;
    if (counts && ++failed >= surroundings_.limits.failed_logins) break;
  }
  if (!through_) co_return;
  input_ = {};
  out_ += std::exchange(behind_, {});
  co_await flush();
  co_await upstream_->write(lobby->rest(), surroundings_.limits.stalled);
  co_await carry();
  co_await upstream_->shutdown();
}

asio::awaitable<std::optional<Session::Turned>> Session::admit(Lobby::Login login) {
  const auto known = co_await surroundings_.directory.login(std::move(login.user),
                                                            std::move(login.password), peer());
  if (!known) {
    const bool wrong = known.error() == access::Refused::wrong;
    co_return Turned{wrong ? Lobby::Refusal::credentials : Lobby::Refusal::for_now,
                     words_of(known.error())};
  }
  const auto guest = std::ranges::find(route_.guests, known->account, &Guest::account);
  if (guest == route_.guests.end())
    co_return Turned{Lobby::Refusal::credentials, "this relay does not serve that account"};
  auto turned = co_await sign_in_as(*guest, Purse::Freshness::usual);
  // A token can be withdrawn before it runs out.
  if (turned && turned->by == Turned::By::token)
    turned = co_await sign_in_as(*guest, Purse::Freshness::renewed);
  if (turned) {
    log::warning("relay", "{}: {}: {}", stream_.peer(), guest->account, turned->reason);
  } else {
    account_ = guest->account;
  }
  co_return turned;
}

asio::awaitable<std::optional<Session::Turned>> Session::sign_in_as(const Guest& guest,
                                                                    Purse::Freshness freshness) {
  auto credential = co_await route_.purse->credential(guest.account, freshness);
  if (!credential) co_return Turned{Lobby::Refusal::for_now, credential.error().text()};
  GuestMemory& memory = route_.purse->memory(guest.account);
  const Secret tried = credential->secret;
  const bool token = credential->kind == wire::sasl::SecretKind::token;
  if (const auto words = memory.refusal_of(tried, std::chrono::steady_clock::now()))
    co_return Turned{Lobby::Refusal::for_now, words_of(*words, guest.username),
                     Turned::By::provider};
  try {
    const auto refused = co_await sign_in_with(guest, std::move(*credential));
    if (!refused) co_return std::nullopt;
    const bool withdrawn = token && refused->kind == upstream::Refusal::auth && refused->certain;
    co_return Turned{Lobby::Refusal::for_now, words_of(refused->words, guest.username),
                     withdrawn ? Turned::By::token : Turned::By::provider};
  } catch (const NoWayIn& error) {
    co_return Turned{Lobby::Refusal::for_now, error.what()};
  } catch (const net::Error& error) {
    if (error.kind() == net::ErrorKind::cancelled) throw;
    co_return Turned{Lobby::Refusal::for_now, fmt::format("{}:{}: {}", route_.upstream.host,
                                                          route_.upstream.port, error.what())};
  }
}

asio::awaitable<std::optional<upstream::Refused>> Session::sign_in_with(
    const Guest& guest, upstream::Credential credential) {
  GuestMemory& memory = route_.purse->memory(guest.account);
  Secret tried = credential.secret;
  Opened server = co_await open_upstream(route_, surroundings_.limits);
  const std::size_t known = memory.ways.refused.size();
  upstream::LoginRequest request{route_.upstream, guest.username, std::move(credential),
                                 config::Login::strongest, memory.ways};
  auto behind = co_await sign_in(server, route_.protocol, std::move(request), surroundings_.limits);
  if (behind) {
    memory.accepted();
    behind_ = std::move(*behind);
    upstream_.emplace(std::move(server.stream));
    co_return std::nullopt;
  }
  const upstream::Refused& why = behind.error();
  const bool another_way = memory.ways.refused.size() > known;
  if (!another_way && (why.after_proof || why.kind == upstream::Refusal::auth))
    memory.refused(std::move(tried), why.words, std::chrono::steady_clock::now());
  co_return why;
}

}  // namespace postern::relay
