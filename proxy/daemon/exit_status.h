#pragma once

namespace postern::daemon {

/// What the program ends with; numbers from sysexits.h where they fit.
enum ExitStatus : int {
  exit_ok = 0,
  exit_failed = 1,
  exit_usage = 64,
  exit_config = 78,
};

}  // namespace postern::daemon
