#include "sync/upstream/login_methods.h"

#include <algorithm>
#include <array>
#include <utility>

namespace postern::upstream {

namespace {

using config::Login;
using wire::sasl::Mechanism;
using wire::sasl::SecretKind;

constexpr std::array<std::pair<Login, Mechanism>, 9> mechanisms{{
    {Login::scram_sha_256_plus, Mechanism::scram_sha_256_plus},
    {Login::scram_sha_1_plus, Mechanism::scram_sha_1_plus},
    {Login::scram_sha_256, Mechanism::scram_sha_256},
    {Login::scram_sha_1, Mechanism::scram_sha_1},
    {Login::cram_md5, Mechanism::cram_md5},
    {Login::plain, Mechanism::plain},
    {Login::login, Mechanism::login},
    {Login::oauthbearer, Mechanism::oauthbearer},
    {Login::xoauth2, Mechanism::xoauth2},
}};

Login method_of(Mechanism mechanism) {
  return std::ranges::find(mechanisms, mechanism, &std::pair<Login, Mechanism>::second)->first;
}

bool needs_binding(Login method) {
  return method == Login::scram_sha_256_plus || method == Login::scram_sha_1_plus;
}

bool possible(const LoginOffer& offer, Login method) {
  if (method == Login::apop) return offer.timestamp == LoginOffer::Timestamp::given;
  return !needs_binding(method) || offer.binding == wire::sasl::Binding::possible;
}

std::vector<Login> offered_methods(const LoginOffer& offer) {
  std::vector<Mechanism> offered;
  for (const std::string& name : offer.mechanisms) {
    if (const auto mechanism = wire::sasl::find_mechanism(name)) offered.push_back(*mechanism);
  }
  // Servers that take tokens do not always list it.
  if (offer.secret == SecretKind::token) offered.push_back(Mechanism::xoauth2);
  std::vector<Login> out;
  while (const auto best = choose(offered, offer.secret, offer.binding)) {
    out.push_back(method_of(*best));
    std::erase(offered, *best);
  }
  if (offer.secret == SecretKind::token) return out;
  if (offer.timestamp == LoginOffer::Timestamp::given) {
    const auto weaker = [](Login method) {
      return method == Login::plain || method == Login::login;
    };
    out.insert(std::ranges::find_if(out, weaker), Login::apop);
  }
  using UserCommand = LoginOffer::UserCommand;
  if (offer.user_command == UserCommand::offered ||
      (out.empty() && offer.user_command == UserCommand::unsaid))
    out.push_back(Login::user);
  return out;
}

}  // namespace

std::optional<Mechanism> mechanism_of(Login method) {
  const auto* const known =
      std::ranges::find(mechanisms, method, &std::pair<Login, Mechanism>::first);
  if (known == mechanisms.end()) return std::nullopt;
  return known->second;
}

std::vector<Login> login_methods(const LoginOffer& offer) {
  if (offer.wanted != Login::strongest) {
    if (!possible(offer, offer.wanted)) return {};
    return {offer.wanted};
  }
  std::vector<Login> methods = offered_methods(offer);
  std::vector<Login> fresh;
  std::ranges::copy_if(methods, std::back_inserter(fresh), [&](Login method) {
    return std::ranges::find(offer.memory.refused, method) == offer.memory.refused.end();
  });
  return fresh.empty() ? methods : fresh;
}

AfterRefusal after_refusal(Login method, const Refused& why, LoginAttempt::Proof proof,
                           Reasons reasons) {
  if (why.kind != Refusal::other) return AfterRefusal::give_up;
  const bool may_lack_the_password = method == Login::cram_md5 || method == Login::apop;
  if (proof == LoginAttempt::Proof::none || may_lack_the_password || reasons == Reasons::given)
    return AfterRefusal::next_method;
  return AfterRefusal::give_up;
}

Refused final_refusal(Refused why, LoginAttempt::Proof proof) {
  why.after_proof = proof == LoginAttempt::Proof::given;
  if (why.kind == Refusal::other)
    why.kind = why.after_proof ? Refusal::auth : Refusal::login_method;
  return why;
}

}  // namespace postern::upstream
