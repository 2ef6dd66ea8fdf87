#pragma once

#include <algorithm>
#include <chrono>

#include "sync/base/clock.h"

namespace postern::net {

/// From when to when a certificate is valid.
struct CertificateLife {
  WallTime begin;
  WallTime end;
  friend bool operator==(const CertificateLife&, const CertificateLife&) = default;
};

/// What programs of today accept at most of a server is 398 days. Both begin a day back, since the
/// clocks of phones and of this machine differ.
[[nodiscard]] constexpr CertificateLife authority_life(WallTime now) {
  return {now - std::chrono::days(1), now + std::chrono::days(3650)};
}
/// Ends with its authority at the latest.
[[nodiscard]] constexpr CertificateLife server_life(WallTime now,
                                                    const CertificateLife& authority) {
  const WallTime begin = now - std::chrono::days(1);
  return {begin, std::min(begin + std::chrono::days(397), authority.end)};
}
/// Nothing renews a device's by itself, and it can be revoked at any time.
[[nodiscard]] constexpr CertificateLife device_life(WallTime now,
                                                    const CertificateLife& authority) {
  return {now - std::chrono::days(1), std::min(now + std::chrono::days(5 * 365), authority.end)};
}

/// The last third of a server certificate's life is there for what goes wrong with its renewal. One
/// that is not valid yet was made while the clock was wrong.
[[nodiscard]] constexpr bool server_is_due(const CertificateLife& life, WallTime now) {
  return now < life.begin || now >= life.begin + (life.end - life.begin) / 3 * 2;
}
/// Another authority costs people a walk from device to device, so it comes at the last moment.
[[nodiscard]] constexpr bool authority_is_due(const CertificateLife& life, WallTime now) {
  return now >= life.end - std::chrono::days(30);
}

[[nodiscard]] constexpr bool is_valid(const CertificateLife& life, WallTime now) {
  return life.begin <= now && now < life.end;
}

}  // namespace postern::net
