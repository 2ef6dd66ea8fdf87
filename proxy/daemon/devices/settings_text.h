#pragma once

#include <string>
#include <vector>

#include "proxy/daemon/devices/devices.h"
#include "sync/base/secret.h"

namespace postern::daemon {

/// Where mail programs find this gateway.
struct ListeningPlace {
  std::string protocol;  ///< "imaps"
  std::string address;   ///< "0.0.0.0:1993"
};

/// What a mail program is to be told of a new device, for a person to type in: the one place that
/// makes it for `postern device add`. `host` is this machine as others know it. Of a device with a
/// certificate the password is empty, and what is to be done with its files is for others to say.
[[nodiscard]] std::string settings_text(const DeviceWish& device, const Secret& password,
                                        const std::vector<ListeningPlace>& places,
                                        const std::string& host);

}  // namespace postern::daemon
