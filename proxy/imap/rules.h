#pragma once

#include <cstdint>
#include <string_view>

#include "sync/wire/imap/command.h"

namespace postern::imap {

/// RFC 3501 section 3.
enum class State : std::uint8_t {
  not_authenticated = 1,
  authenticated = 2,
  selected = 4,
  logout = 8
};

/// What a command has to do with sequence numbers, and so what may be told before its tagged line
/// (RFC 3501 section 7.4.1).
enum class Sequence : std::uint8_t {
  free,      ///< messages may vanish from the view at its end
  uses,      ///< its answer names messages by number: no EXPUNGE until it is over
  by_form,   ///< uses them, but not in its UID form
  replaces,  ///< opens or closes a view: nothing is told of the old one
};

/// Whether a command is for changing what is stored. What others do beside that, as \Seen of FETCH,
/// is left out in a view that is read-only.
enum class Effect : std::uint8_t { reads, writes };

struct CommandRule {
  std::string_view name;
  std::uint8_t states;  ///< of `State`, or-ed
  Sequence sequence;
  Effect effect = Effect::reads;

  [[nodiscard]] bool allowed_in(State state) const {
    return (states & static_cast<std::uint8_t>(state)) != 0;
  }
};

[[nodiscard]] const CommandRule& rule_of(const wire::imap::Command& command);
/// Whether it names messages by sequence numbers, or is answered with them: RFC 9586 section 3.
[[nodiscard]] bool names_sequence_numbers(const wire::imap::Command& command);
/// Whether EXPUNGE must wait until this command is over.
[[nodiscard]] bool withholds_expunges(const wire::imap::Command& command);

}  // namespace postern::imap
