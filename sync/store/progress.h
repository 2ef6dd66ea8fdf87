#pragma once

#include <cstdint>
#include <functional>

namespace postern::store {

/// How far long work on an account's file is. Octets are those of the messages, uncompressed.
struct Progress {
  std::uint64_t octets_done = 0;
  std::uint64_t octets_total = 0;
};

/// Called now and then, on the thread that works.
using ShowProgress = std::function<void(const Progress&)>;

}  // namespace postern::store
