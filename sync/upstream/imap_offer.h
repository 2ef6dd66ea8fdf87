#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sync/upstream/login_methods.h"

namespace postern::upstream {

/// What a server's capabilities say about the way in (RFC 9051 section 7.2.2).
struct ImapOffer {
  std::vector<std::string> mechanisms;                              ///< in capitals
  LoginOffer::UserCommand login = LoginOffer::UserCommand::unsaid;  ///< the command LOGIN
  enum class Has : std::uint8_t { no, yes };
  Has starttls = Has::no;
  Has initial_response = Has::no;  ///< SASL-IR (RFC 4959)
};
/// Of no capabilities: nothing is known.
[[nodiscard]] ImapOffer imap_offer(std::span<const std::string> capabilities);

}  // namespace postern::upstream
