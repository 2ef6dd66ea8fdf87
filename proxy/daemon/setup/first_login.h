#pragma once

#include <cstdint>
#include <string>

#include "config/config.h"
#include "sync/engine/login_loan.h"

namespace postern::daemon::setup {

enum class Told : std::uint8_t {
  yes,
  no,  ///< the state is another user's, or whose it will be is not known yet
};

/// Lets the polls of a source know that somebody just logged in to it: by way of the daemon that
/// runs, or in the store. `config` is what stands in the file now. Blocks.
[[nodiscard]] Told tell_of_login(config::Config config, const std::string& account,
                                 const std::string& source_key, const engine::LoginEnd& end);

}  // namespace postern::daemon::setup
