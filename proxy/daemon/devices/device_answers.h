#pragma once

#include <string>

#include <asio/awaitable.hpp>
#include <nlohmann/json_fwd.hpp>

#include "config/config.h"
#include "proxy/daemon/devices/devices.h"

namespace postern::daemon {

/// What the commands `postern device ...` ask, of the daemon or within their own process:
///
///   {"ask": "device_add", "account": "anna", "name": "phone", "rights": "full", "sender": ""}
///       -> {"password": TEXT}, on this one occasion
///     with "login": "certificate", "form": "pkcs12" or "pem", to have one made
///       -> {"certificate": {"fingerprint", "until", and on this one occasion
///           "pkcs12": BASE64, "pass_phrase": TEXT, or "chain": PEM, "key": PEM}}
///     with "fingerprint": "SHA256:...", for one that was made elsewhere
///       -> {"certificate": {"fingerprint"}}
///   {"ask": "device_renew", "account": "anna", "name": "phone"} with "form" or "fingerprint"
///       -> {"certificate": ...}, when all its connections are at their end
///   {"ask": "device_list"}, with "account": only of that one
///       -> {"accounts": [{"name": "anna", "devices": [...]}]} (device_words.h)
///   {"ask": "device_revoke", "account": "anna", "name": "phone"}
///       -> {"done": true}, when all its connections are at their end
///   anything that cannot be done  -> {"error": "what; advice"}
///
/// The daemon adds what it alone knows: `listening`, and `link` (device_setup.h). Network thread.
asio::awaitable<nlohmann::json> answer_device(Devices& devices, const config::Config& config,
                                              nlohmann::json question);
/// What "device_add" wishes; rights that there are none of become full ones.
[[nodiscard]] DeviceWish device_wish(const nlohmann::json& question);

}  // namespace postern::daemon
