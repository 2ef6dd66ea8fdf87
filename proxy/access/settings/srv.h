#pragma once

#include <string>

#include "proxy/access/settings/mail_settings.h"

namespace postern::access::settings {

/// Records for the zone of the mail address, to copy, one a line (RFC 6186 section 3, RFC 8314
/// section 5.1). What is not offered to the network is said so with the target ".". A host that is
/// an address has no place in them: then a comment says so.
[[nodiscard]] std::string srv_records(const MailSettings& settings);

}  // namespace postern::access::settings
