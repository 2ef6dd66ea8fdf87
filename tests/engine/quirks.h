#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/support/hostile_pop3.h"

namespace postern::engine {

/// A server that is broken, hostile or only old, by name (tests/checks.md, section D).
struct Quirk {
  /// What may be expected of the deletions while the quirk lasts.
  enum class Deletes { as_wanted, none };
  /// What may be expected of the messages.
  enum class Messages {
    kept,    ///< each that was ever there is stored in the end
    vanish,  ///< some go at the server before they were seen
  };

  std::string name;
  std::function<void(test::HostilePop3& server)> set;
  Deletes deletes = Deletes::as_wanted;
  Messages messages = Messages::kept;
};

/// All of them, for a maildrop of three messages with the ids uidl-1 to uidl-3.
[[nodiscard]] std::vector<Quirk> every_quirk();

}  // namespace postern::engine
