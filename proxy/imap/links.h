#pragma once

#include <cstdint>
#include <vector>

#include "proxy/imap/threading.h"

namespace postern::imap {

/// The parents that references give, RFC 5256 section 3, REFERENCES steps 1 to 3: an index of
/// `messages`, or from `messages.size()` on a message that is not there and has at least two
/// children, or none.
struct Links {
  std::vector<Forest::Index> parents;  ///< of the messages, then of those that are not there
};
[[nodiscard]] Links link_references(const ThreadInput& input);

}  // namespace postern::imap
