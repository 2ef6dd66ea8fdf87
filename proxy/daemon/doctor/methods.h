#pragma once

#include <string>

#include "config/config.h"
#include "sync/upstream/login_methods.h"

namespace postern::daemon::doctor {

[[nodiscard]] std::string name_of(config::Login method);
/// The ways to log in that would be tried, for a person.
[[nodiscard]] std::string methods_text(const upstream::LoginOffer& offer);

}  // namespace postern::daemon::doctor
