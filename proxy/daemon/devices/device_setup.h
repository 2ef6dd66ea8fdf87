#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "proxy/access/settings/mail_settings.h"
#include "proxy/daemon/devices/devices.h"
#include "proxy/daemon/devices/one_time_links.h"
#include "proxy/web/house.h"
#include "sync/base/problem.h"
#include "sync/base/secret.h"

namespace postern::daemon {

class Daemon;

/// In which form a device takes over its settings.
enum class SetupForm : std::uint8_t { apple, thunderbird, text };
/// "apple", "thunderbird", "text"
[[nodiscard]] const char* name_of(SetupForm form);
[[nodiscard]] std::optional<SetupForm> setup_form_from(std::string_view name);

/// What programs of the device are to be told, as far as its rights go.
[[nodiscard]] access::settings::MailSettings settings_for(const Daemon& daemon,
                                                          const DeviceWish& device);
/// In which forms it can have them; text always is one.
[[nodiscard]] std::vector<SetupForm> forms_for(const access::settings::MailSettings& settings);

/// What a person is told of a device that was just made (docs/web.md): `user`, `password`,
/// `sender`, `servers`, `link`, `qr`; and what a one-time link gives. Network thread, which blocks
/// for a few small files of the host.
[[nodiscard]] nlohmann::json welcome(const Daemon& daemon, const DeviceWish& device,
                                     const Secret& password);
/// A link to the device's settings, good once: `address`, `reach` ("network" or "this_machine"),
/// `minutes`; null where no page is served.
[[nodiscard]] nlohmann::json new_link(const Daemon& daemon, const DeviceWish& device,
                                      const Secret& password);
/// What is told to whoever looks for servers by a mail address (web::House::discover).
[[nodiscard]] std::optional<std::string> discover(const Daemon& daemon, web::House::Discovery form,
                                                  web::House::Asker asker,
                                                  const std::string& address);
/// With the password in it.
[[nodiscard]] std::expected<web::House::HandOut, Problem> hand_out(const Daemon& daemon,
                                                                   const OneTimeLinks::Gift& gift,
                                                                   SetupForm form);

}  // namespace postern::daemon
