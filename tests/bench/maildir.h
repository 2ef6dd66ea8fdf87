#pragma once

#include <string>

namespace postern::bench {

/// Puts a message from standard input into a Maildir as a careful delivery agent does: written to
/// tmp, synced, moved to new. For programs that deliver through a command.
void deliver(const std::string& maildir);

}  // namespace postern::bench
