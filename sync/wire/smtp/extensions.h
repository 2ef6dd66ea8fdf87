#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/wire/smtp/reply.h"

namespace postern::wire::smtp {

/// What a server offers in its answer to EHLO (RFC 5321 section 4.1.1.1).
struct Extensions {
  bool pipelining = false;                ///< RFC 2920
  bool eight_bit_mime = false;            ///< RFC 6152
  bool smtp_utf8 = false;                 ///< RFC 6531
  bool chunking = false;                  ///< RFC 3030
  bool binary_mime = false;               ///< RFC 3030; means nothing without CHUNKING
  bool dsn = false;                       ///< RFC 3461
  bool starttls = false;                  ///< RFC 3207
  bool enhanced_codes = false;            ///< RFC 2034
  std::optional<std::uint64_t> size{};    ///< RFC 1870: the most octets; nullopt: not said
  std::vector<std::string> mechanisms{};  ///< RFC 4954: of AUTH, in capitals, in its order

  bool operator==(const Extensions&) const = default;
};

/// Of a positive answer to EHLO. Keywords compare without regard to case; what is not known, and
/// what does not parse, counts for nothing. A SIZE of 0 is none (RFC 1870 section 4).
[[nodiscard]] Extensions parse_extensions(const Reply& ehlo);

}  // namespace postern::wire::smtp
