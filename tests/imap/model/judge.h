#pragma once

#include <string>
#include <vector>

#include "tests/imap/model/command.h"

namespace postern::imap::model {

/// All that is the case.
struct State {
  World world;
  std::vector<Session> sessions;
};

/// The commands that one session sent in one go.
struct Part {
  std::size_t session = 0;
  std::vector<Command> commands;
};

struct Verdict {
  std::vector<State> after;  ///< what may be the case now; empty: what was heard cannot be
  std::string expected;      ///< if it cannot be: where the best explanation ends
  std::string heard;
};

/// Tries all sequences of the steps of all parts, and of what idling sessions do in between, for
/// those that have each session (by its number) hear just these lines, with nothing left for one
/// that idles. Which one it was may show only later, so all that `before` and `after` hold is
/// possible.
[[nodiscard]] Verdict explain(const std::vector<State>& before, const std::vector<Part>& parts,
                              const std::vector<Lines>& heard);

}  // namespace postern::imap::model
