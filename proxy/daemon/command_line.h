#pragma once

namespace postern::daemon {

/// Reads the command line and does what it says; the exit status.
int run_command_line(int argc, char** argv);

}  // namespace postern::daemon
