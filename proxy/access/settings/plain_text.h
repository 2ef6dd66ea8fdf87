#pragma once

#include <string>

#include "proxy/access/settings/mail_settings.h"

namespace postern::access::settings {

/// For people, a few lines: servers, ports, security, user name. Without the password. Control
/// characters of names are shown as "?".
[[nodiscard]] std::string plain_text(const MailSettings& settings);

}  // namespace postern::access::settings
