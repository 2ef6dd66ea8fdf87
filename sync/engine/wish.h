#pragma once

#include <cstdint>

namespace postern::engine {

/// What is special about a poll.
enum class PollWish : std::uint8_t {
  none,
  confirm_removals,  ///< the operator agrees to many messages' moving to the Trash at once
  /// What would be done is told and not done: nothing is committed, nothing deleted.
  dry_run,
};

}  // namespace postern::engine
