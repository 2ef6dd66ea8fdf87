#pragma once

#include <optional>
#include <vector>

#include "proxy/daemon/doctor/encounter.h"
#include "proxy/daemon/doctor/public_text.h"
#include "proxy/daemon/doctor/report.h"
#include "sync/base/clock.h"
#include "sync/net/certificate_facts.h"

namespace postern::daemon::doctor {

/// What else tells the time.
struct Seen {
  std::vector<net::CertificateFacts> chain;
  std::optional<WallTime> newest_file;
};

/// Adds what a conversation showed, whichever protocol it was in: the transcript, and the steps
/// "tls", "capabilities", "clock" and "methods".
void tell(const Encounter& encounter, const Seen& seen, const PublicText& text,
          SourceReport& report);

}  // namespace postern::daemon::doctor
