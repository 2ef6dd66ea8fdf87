#pragma once

#include "sync/base/secret.h"
#include "sync/store/device.h"

namespace postern::access {

/// Passwords of devices: 80 bits from the system's generator, in 32 letters and digits of which no
/// two look alike, as "k7qm-x2vd-9htn-4wpc".
///
/// Invariants:
/// - What is stored of a password does not log in anywhere.
/// - A password is known in one form, the one that was shown: what is typed is brought to it.

[[nodiscard]] Secret make_device_password();

/// Capitals, spaces, missing hyphens and look-alikes ("o" for "0") put right. What cannot be a
/// password of a device comes back as it is.
[[nodiscard]] Secret device_password_as_shown(const Secret& typed);

/// Takes some ten milliseconds and 16 MiB; so does fits(). `shown` as it was made.
[[nodiscard]] store::DeviceKeys device_keys_of(const Secret& shown);
/// Compares in constant time. False for keys that cannot be.
[[nodiscard]] bool fits(const Secret& shown, const store::DeviceKeys& keys);

/// Keys that nothing fits, with as much work to find that out.
[[nodiscard]] store::DeviceKeys keys_of_nobody();

}  // namespace postern::access
