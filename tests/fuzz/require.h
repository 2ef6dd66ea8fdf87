#pragma once

namespace postern::fuzz {

/// A property that must hold for every input: ends the program where it does not.
inline void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace postern::fuzz
