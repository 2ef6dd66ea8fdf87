#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proxy/access/settings/mail_settings.h"

namespace postern::access::settings {

/// The answer to a POST to /autodiscover/autodiscover.xml, "plain old XML", which Outlook and
/// others ask for (Microsoft's MS-OXDSCLI). Text/xml.
[[nodiscard]] std::string autodiscover_xml(const MailSettings& settings);

/// The mail address that a program's request for such an answer names; nullopt for what is no
/// request for settings of IMAP, POP3 and SMTP. No XML parser, and so nothing that is declared,
/// included or expanded: the one element is looked for, and what it holds is a plain address.
[[nodiscard]] std::optional<std::string> asked_address(std::string_view request);

}  // namespace postern::access::settings
