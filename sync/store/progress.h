#pragma once

#include <cstdint>
#include <functional>

namespace postern::store {

/// How far long work on messages is. Octets are those of the messages, uncompressed, or of the
/// files that they are read from.
struct Progress {
  std::uint64_t octets_done = 0;
  std::uint64_t octets_total = 0;
  std::uint64_t messages_done = 0;  ///< 0: not told
};

/// Called now and then, on the thread that works.
using ShowProgress = std::function<void(const Progress&)>;

}  // namespace postern::store
