#pragma once

#include <string>

#include "proxy/access/settings/mail_settings.h"
#include "sync/base/secret.h"

namespace postern::access::settings {

/// What an iPhone, an iPad or a Mac takes over by itself (Apple's configuration profiles).
struct Profile {
  Secret password;            ///< the device's; goes into the text
  std::string authority_der;  ///< of the own certificate authority; empty if there is none
};

/// An XML property list, not signed (net::signed_by_own_authority does that). The same login at the
/// same host makes a profile that takes the place of the one before. For IMAP and SMTP: empty if
/// there is no IMAP. The file ends in .mobileconfig and is application/x-apple-aspen-config. Holds
/// the password: to be shown once and never stored.
[[nodiscard]] Secret mobileconfig_plist(const MailSettings& settings, const Profile& profile);

}  // namespace postern::access::settings
