#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "proxy/daemon/devices/devices.h"
#include "sync/base/problem.h"
#include "sync/store/device.h"

namespace postern::daemon {

/// "full", "read-only", "send-only".
[[nodiscard]] const char* name_of(store::DeviceRights rights);
[[nodiscard]] std::optional<store::DeviceRights> rights_from(std::string_view name);

/// A device that can be: the name is typed into mail programs behind the account's and a slash, and
/// one that only sends has an address to send from.
[[nodiscard]] std::optional<Problem> mistake_in(const DeviceWish& wish);

/// {"name", "rights", "sender", "login": "password" or "certificate", "certificate": null or
/// {"fingerprint", "until": null if it is not known}, "created", "last_use": null or {"time",
/// "address", "program"}}
[[nodiscard]] nlohmann::json to_json(const store::Device& device);
[[nodiscard]] nlohmann::json to_json(const std::vector<store::Device>& devices);
/// A line for a person, of such an object.
[[nodiscard]] std::string device_line(const nlohmann::json& device);

}  // namespace postern::daemon
