#pragma once

#include <string>

#include "proxy/access/settings/mail_settings.h"

namespace postern::access::settings {

/// What Thunderbird and others ask for at /mail/config-v1.1.xml and
/// /.well-known/autoconfig/mail/config-v1.1.xml (Mozilla's config file format 1.1). Text/xml.
[[nodiscard]] std::string autoconfig_xml(const MailSettings& settings);

}  // namespace postern::access::settings
