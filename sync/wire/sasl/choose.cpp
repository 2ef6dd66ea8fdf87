#include "sync/wire/sasl/choose.h"

#include <algorithm>

namespace postern::wire::sasl {
namespace {

bool fits(Mechanism mechanism, SecretKind kind, Binding binding) {
  switch (mechanism) {
    case Mechanism::scram_sha_256_plus:
    case Mechanism::scram_sha_1_plus:
      return kind == SecretKind::password && binding == Binding::possible;
    case Mechanism::oauthbearer:
    case Mechanism::xoauth2: return kind == SecretKind::token;
    case Mechanism::scram_sha_256:
    case Mechanism::scram_sha_1:
    case Mechanism::cram_md5:
    case Mechanism::plain:
    case Mechanism::login: return kind == SecretKind::password;
  }
  return false;
}

}  // namespace

std::optional<Mechanism> choose(std::span<const Mechanism> offered, SecretKind kind,
                                Binding binding) {
  std::optional<Mechanism> best;
  for (const Mechanism mechanism : offered) {
    if (fits(mechanism, kind, binding) && (!best || mechanism < *best)) best = mechanism;
  }
  return best;
}

}  // namespace postern::wire::sasl
