#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "proxy/relay/opening.h"
#include "proxy/relay/session.h"
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
  // SMTP shows what the server offers before the login.
  if (route_.protocol == Protocol::smtp) {
    const auto trouble = co_await come_in();
    if (stopping_) co_return;
    if (trouble) co_return say_farewell(*trouble);
  }
  LobbyOffer offer{
      access::SaslServer::offered(surroundings_.directory, peer(), stream_.tls_bindings())};
  if (entrance_ && entrance_->hello() != nullptr) offer.hello = *entrance_->hello();
  const auto lobby = make_lobby(route_.protocol, std::move(offer), surroundings_.limits.line);
  out_ += lobby->greeting();
  through_ = co_await receive_guest(*lobby);
  if (!through_) co_return;
  input_ = {};
  out_ += std::exchange(behind_, {});
  co_await flush();
  co_await upstream_->write(lobby->rest(), surroundings_.limits.stalled);
  co_await carry();
  co_await upstream_->shutdown();
}

asio::awaitable<bool> Session::receive_guest(Lobby& lobby) {
  unsigned failed = 0;
  Lobby::Event event = Lobby::Event::more;
  while (event != Lobby::Event::over && !stopping_) {
    co_await flush();
    if (event == Lobby::Event::more) {
      lobby.feed(co_await receive());
      wipe(input_.data(), input_.size());
    }
    event = lobby.next(out_);
    begin_waiting();
    auto known = co_await judge(lobby, event);
    if (!known) continue;
    const auto turned = co_await admit(std::move(*known));
    if (!turned) {
      lobby.accept(out_);
      co_return true;
    }
    lobby.refuse(turned->kind, turned->reason, out_);
    const bool counts =
        turned->kind == Lobby::Refusal::credentials || turned->by != Turned::By::relay;
    if (counts && ++failed >= surroundings_.limits.failed_logins) break;
  }
  co_return false;
}

asio::awaitable<std::optional<Session::Known>> Session::judge(Lobby& lobby, Lobby::Event event) {
  if (event == Lobby::Event::exchange) co_return co_await judge_step(lobby);
  if (event != Lobby::Event::login) co_return std::nullopt;
  Lobby::Login login = lobby.take_login();
  co_return co_await surroundings_.directory.login(std::move(login.user), std::move(login.password),
                                                   peer());
}

asio::awaitable<std::optional<Session::Known>> Session::judge_step(Lobby& lobby) {
  using Kind = access::SaslServer::Step::Kind;
  Lobby::Step step = lobby.take_step();
  if (step.mechanism) {
    exchange_ = access::SaslServer::begin(*step.mechanism, surroundings_.directory, peer(),
                                          stream_.tls_bindings());
  }
  if (!exchange_) {
    lobby.object(Lobby::Objection::no_such_mechanism, out_);
    co_return std::nullopt;
  }
  auto answer = co_await exchange_->respond(std::move(step.response));
  if (answer.kind == Kind::challenge) {
    lobby.challenge(answer.challenge, out_);
    co_return std::nullopt;
  }
  exchange_.reset();
  if (answer.kind == Kind::done) co_return std::move(answer.outcome);
  lobby.object(Lobby::Objection::senseless, out_);
  co_return std::nullopt;
}

asio::awaitable<std::optional<Session::Turned>> Session::admit(Known known) {
  if (!known) {
    const bool wrong = known.error() == access::Refused::wrong;
    co_return Turned{wrong ? Lobby::Refusal::credentials : Lobby::Refusal::for_now,
                     words_of(known.error())};
  }
  if (known->rights != store::DeviceRights::full)
    co_return Turned{Lobby::Refusal::credentials, "this device may not use a relay"};
  const auto guest = std::ranges::find(route_.guests, known->account, &Guest::account);
  if (guest == route_.guests.end())
    co_return Turned{Lobby::Refusal::credentials, "this relay does not serve that account"};
  // From here on who revokes the device ends this.
  account_ = guest->account;
  device_ = known->device;
  auto turned = co_await sign_in_as(*guest, Purse::Freshness::usual);
  // A token can be withdrawn before it runs out.
  if (turned && turned->by == Turned::By::token)
    turned = co_await sign_in_as(*guest, Purse::Freshness::renewed);
  if (turned) {
    log::warning("relay", "{}: {}: {}", stream_.peer(), guest->account, turned->reason);
    account_.clear();
    device_.clear();
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
  if (!entrance_) {
    if (auto trouble = co_await come_in())
      co_return Turned{Lobby::Refusal::for_now, std::move(*trouble)};
  }
  try {
    const auto refused = co_await sign_in_with(guest, std::move(*credential));
    if (!refused) co_return std::nullopt;
    const bool withdrawn = token && refused->kind == upstream::Refusal::auth && refused->certain;
    co_return Turned{Lobby::Refusal::for_now, words_of(refused->words, guest.username),
                     withdrawn ? Turned::By::token : Turned::By::provider};
  } catch (const net::Error& error) {
    if (error.kind() == net::ErrorKind::cancelled) throw;
    co_return Turned{Lobby::Refusal::for_now,
                     fmt::format("{}: {}", name_of(route_.upstream), error.what())};
  }
}

asio::awaitable<std::optional<std::string>> Session::come_in() {
  try {
    auto entrance = co_await enter(route_, surroundings_.limits);
    if (!entrance) {
      co_return fmt::format("{} refuses the connection: {}", name_of(route_.upstream),
                            log::quoted(entrance.error().words));
    }
    entrance_ = std::move(*entrance);
    co_return std::nullopt;
  } catch (const NoWayIn& error) {
    co_return error.what();
  } catch (const net::Error& error) {
    if (error.kind() == net::ErrorKind::cancelled) throw;
    co_return fmt::format("{}: {}", name_of(route_.upstream), error.what());
  }
}

asio::awaitable<std::optional<upstream::Refused>> Session::sign_in_with(
    const Guest& guest, upstream::Credential credential) {
  GuestMemory& memory = route_.purse->memory(guest.account);
  Secret tried = credential.secret;
  const std::size_t known = memory.ways.refused.size();
  upstream::LoginRequest request{.server = route_.upstream,
                                 .user = guest.username,
                                 .credential = std::move(credential),
                                 .memory = memory.ways};
  // After a failed login a conversation is over.
  const auto entrance = std::exchange(entrance_, nullptr);
  const auto method = co_await entrance->log_in(std::move(request));
  if (method) {
    memory.accepted();
    Entrance::Left left = entrance->leave();
    behind_ = std::move(left.rest);
    upstream_.emplace(std::move(left.stream));
    co_return std::nullopt;
  }
  const upstream::Refused& why = method.error();
  const bool another_way = memory.ways.refused.size() > known;
  if (!another_way && (why.after_proof || why.kind == upstream::Refusal::auth))
    memory.refused(std::move(tried), why.words, std::chrono::steady_clock::now());
  co_return why;
}

}  // namespace postern::relay
