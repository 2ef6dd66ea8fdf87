#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <string>

#include <asio/awaitable.hpp>

#include "proxy/relay/guest_memory.h"
#include "sync/base/problem.h"
#include "sync/upstream/credential.h"

namespace postern::relay {

/// Whom a relay signs in for: the program logs in as the account, the relay as this user.
struct Guest {
  std::string account;
  std::string username;  ///< at the provider
};

/// What guests log in with at the provider, and what came of it. Network thread.
class Purse {
 public:
  virtual ~Purse() = default;
  enum class Freshness : std::uint8_t {
    usual,
    renewed,  ///< the provider refused the token that was there
  };
  /// A password, or an access token of now. The Problem says what has to be done first.
  virtual asio::awaitable<std::expected<upstream::Credential, Problem>> credential(
      std::string account, Freshness freshness) = 0;
  /// Lives as long as the purse.
  [[nodiscard]] GuestMemory& memory(const std::string& account) { return memories_[account]; }

 private:
  std::map<std::string, GuestMemory> memories_;
};

}  // namespace postern::relay
