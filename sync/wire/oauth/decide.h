#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "sync/wire/oauth/answer.h"

namespace postern::wire::oauth {

/// How a device sign-in goes on (RFC 8628 section 3.5). Times are since its begin.
struct DevicePoll {
  std::chrono::seconds interval{5};
  std::chrono::seconds ends{900};
};

enum class DeviceStep : std::uint8_t { ask_again, denied, expired, failed };

/// After an answer that was no grant, or none at all (`lost`: the connection). Adapts the interval.
[[nodiscard]] DeviceStep next_step(DevicePoll& poll, ErrorKind error, std::chrono::seconds now);
[[nodiscard]] DeviceStep next_step_lost(DevicePoll& poll, std::chrono::seconds now);

/// Whether a token has to be renewed: five minutes before it runs out, or half of its life if that
/// is less; a token of a few seconds is used at once.
[[nodiscard]] bool needs_renewal(std::chrono::seconds left, std::chrono::seconds lifetime);

/// What an error means for a source whose token was to be renewed.
enum class RenewalEnd : std::uint8_t {
  sign_in,    ///< only the owner can help
  configure,  ///< the client id or its rights are wrong
  later,
};
[[nodiscard]] RenewalEnd renewal_end(ErrorKind error);

}  // namespace postern::wire::oauth
