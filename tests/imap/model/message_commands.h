#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/imap/model/command.h"

namespace postern::imap::model {

// Commands about messages. Each function takes the tag first.

struct Fetching {
  Set set;
  By by = By::sequence;
  /// In capitals, each once: FLAGS, UID, MODSEQ, INTERNALDATE, RFC822.SIZE, or a section as
  /// "BODY[]" or "BODY.PEEK[TEXT]".
  std::vector<std::string> items;
  std::optional<ModSeq> changed_since;
  bool vanished = false;
  /// By UID only (RFC 9394 section 3.3).
  std::optional<Range> partial;
};
[[nodiscard]] Command fetch(const std::string& tag, const Fetching& fetching);

struct Storing {
  Set set;
  By by = By::sequence;
  Change change = Change::add;
  bool silent = false;
  FlagNames flags;
  std::optional<ModSeq> unchanged_since;
};
[[nodiscard]] Command store(const std::string& tag, const Storing& storing);

/// COPY or MOVE.
struct Transferring {
  Set set;
  By by = By::sequence;
  std::string to;
  World::Keeping keeping = World::Keeping::kept;
};
[[nodiscard]] Command transfer(const std::string& tag, const Transferring& transferring);

[[nodiscard]] Command expunge(const std::string& tag);
[[nodiscard]] Command expunge(const std::string& tag, const Set& uids);

/// One or more messages.
[[nodiscard]] Command append(const std::string& tag, const std::string& to,
                             const std::vector<NewMessage>& messages);
[[nodiscard]] Command replace(const std::string& tag, Number number, By by, const std::string& to,
                              const NewMessage& message);

}  // namespace postern::imap::model
