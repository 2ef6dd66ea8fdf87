#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "config/config.h"
#include "tests/net/loop.h"

namespace postern::engine::outgoing::test {

/// One message, as a program hands it in.
struct Letter {
  std::string sender;
  std::vector<std::string> recipients;
  std::string octets;
};

/// What a process does until it ends or is killed.
struct Errand {
  std::filesystem::path folder;  ///< of the account
  config::Outgoing server;
  std::optional<Letter> letter;  ///< is handed in first
  std::int64_t killed_at = 0;    ///< in front of this write or sync of a file; 0: not
};

struct Ending {
  bool killed = false;
  bool accepted = false;  ///< the program was told that its message is
};

/// Runs the sending part of an account in a process of its own, which ends when everything in
/// Outbox has been tried, or by SIGKILL. Meanwhile what else lives in `loop` goes on. In this
/// process no thread may run. `begun` is told the process's id.
[[nodiscard]] Ending run_process(net::test::Loop& loop, const Errand& errand,
                                 const std::function<void(pid_t)>& begun);

}  // namespace postern::engine::outgoing::test
