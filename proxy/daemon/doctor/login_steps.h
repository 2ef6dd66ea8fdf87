#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proxy/daemon/doctor/encounter.h"
#include "proxy/daemon/doctor/report.h"
#include "sync/engine/login_loan.h"

namespace postern::daemon::doctor {

/// What a login told, as "login", "lock" and "throttle": a mailbox that is held, and logins that
/// come too soon, say nothing about the password. `least` as it was known before. The words may
/// name persons. Pure but for the local time.
[[nodiscard]] std::vector<Step> judge_login(const Encounter& encounter,
                                            const engine::Schedule::Least& least,
                                            const std::optional<engine::LoginEnd>& end);

/// Why none was tried, and what to do. The words may name persons.
[[nodiscard]] Step why_no_login(const engine::LoginLoan& loan);

}  // namespace postern::daemon::doctor
