#pragma once

#include <optional>
#include <string>

#include "sync/base/clock.h"
#include "sync/base/secret.h"
#include "sync/upstream/login_methods.h"

namespace postern::relay {

/// What the logins of one guest taught. Providers lock an account after some wrong passwords, and
/// programs try again and again: a secret that was refused is not given again until a pause has
/// passed, which grows with each refusal. No clock of its own. Network thread.
class GuestMemory {
 public:
  /// What the provider said to this secret, if it is not worth another try yet.
  [[nodiscard]] std::optional<std::string> refusal_of(const Secret& secret, SteadyTime now) const;
  void refused(Secret secret, std::string words, SteadyTime now);
  void accepted();

  upstream::LoginMemory ways;

 private:
  std::optional<Secret> secret_;
  std::string words_;
  unsigned times_ = 0;  ///< in a row
  SteadyTime until_;
};

}  // namespace postern::relay
