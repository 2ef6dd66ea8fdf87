#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postern::engine {

/// What stands in a mailbox for a message that is beyond the limit and stays on the server.
struct PlaceholderOf {
  std::string_view header;   ///< of the message, as far as the server showed it; may be empty
  std::uint64_t octets = 0;  ///< as announced
  std::uint64_t limit = 0;   ///< octets
  std::string_view source;   ///< where it is, in words
};

/// A whole message that says so: From, To, Cc, Date and Subject of the one that it stands for, and
/// in its text how large that is and what to do. The same input gives the same octets.
[[nodiscard]] std::string placeholder_message(const PlaceholderOf& of);

}  // namespace postern::engine
