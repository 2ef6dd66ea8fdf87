#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/capability.h"
#include "proxy/imap/extensions.h"
#include "sync/wire/imap/command.h"

namespace postern::imap {

/// What a CAPABILITY names beside what is offered.
struct Entrance {
  enum class StartTls : std::uint8_t { possible, no } start_tls = StartTls::no;
  std::span<const std::string_view> mechanisms;  ///< of AUTH; none: LOGINDISABLED
};

/// The names behind CAPABILITY (RFC 9051 section 7.2.2); `entrance` before login.
[[nodiscard]] std::string announce(const config::Capabilities& offered,
                                   const std::optional<Entrance>& entrance,
                                   std::uint64_t append_limit);

/// What a session offers: what has been enabled cannot be taken back (RFC 5161 section 3.1).
[[nodiscard]] config::Capabilities offered(const config::Switches& account,
                                           const config::Switches& program, Extensions enabled);

/// What a command asks for that is not offered, in the words of the grammar for what it does not
/// know; nullopt: nothing. Nothing of IMAP4rev1 is ever unknown, literals of RFC 7888 and RFC
/// 3516 neither: their octets would be taken for commands.
[[nodiscard]] std::optional<std::string_view> unknown_in(const wire::imap::Command& command,
                                                         const config::Capabilities& offered);

}  // namespace postern::imap
