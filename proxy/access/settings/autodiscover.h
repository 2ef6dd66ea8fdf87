#pragma once

#include <string>

#include "proxy/access/settings/mail_settings.h"

namespace postern::access::settings {

/// The answer to a POST to /autodiscover/autodiscover.xml, "plain old XML", which Outlook and
/// others ask for (Microsoft's MS-OXDSCLI). Text/xml.
[[nodiscard]] std::string autodiscover_xml(const MailSettings& settings);

}  // namespace postern::access::settings
