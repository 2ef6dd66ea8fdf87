#pragma once

#include <string>

namespace postern {

/// What a person is told: what happened and to what, then what to do next. Never holds a secret;
/// words of a peer in it went through `quoted`.
struct Problem {
  std::string what;
  std::string advice;

  /// "what; advice" on one line.
  [[nodiscard]] std::string text() const { return advice.empty() ? what : what + "; " + advice; }
};

}  // namespace postern
