#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postern::wire::smtp {

/// RFC 6152, RFC 3030: what the octets of a message may be.
enum class BodyKind : std::uint8_t {
  seven_bit,
  eight_bit_mime,
  binary_mime,  ///< lines may have any length, and CR and LF stand alone
};

/// RFC 3461 section 4.3.
enum class Return : std::uint8_t { unsaid, full, headers };

/// Whom a message is from, and how it wants to be handled.
struct Sender {
  std::string address;  ///< without brackets; empty: the null path, for reports
  BodyKind body = BodyKind::seven_bit;
  bool smtp_utf8 = false;
  Return ret = Return::unsaid;
  std::string envelope_id;  ///< RFC 3461 section 4.4, decoded; may be empty

  bool operator==(const Sender&) const = default;
};

/// RFC 3461 section 4.1: what the sender wants to hear about one recipient.
struct Notify {
  bool said = false;  ///< else it is for the server to choose
  bool success = false;
  bool failure = false;
  bool delay = false;  ///< none of the three: NEVER

  bool operator==(const Notify&) const = default;
};

struct Recipient {
  std::string address;  ///< without brackets
  Notify notify;
  std::string original;  ///< RFC 3461 section 4.2, "rfc822;anna@example.org", decoded; may be empty

  bool operator==(const Recipient&) const = default;
};

}  // namespace postern::wire::smtp
