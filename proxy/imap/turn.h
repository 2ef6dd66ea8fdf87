#pragma once

#include <algorithm>
#include <chrono>
#include <stop_token>
#include <utility>

#include "sync/base/clock.h"

namespace postern::imap {

/// Long work on a reader thread is done in turns, so that others of the account get theirs in
/// between. A turn is over after a short while, and at once when the account closes; the work looks
/// whether it is, after each piece, and so does at least one piece. One thread.
class Turn {
 public:
  static constexpr std::chrono::milliseconds usual{30};

  explicit Turn(std::stop_token closing, std::chrono::steady_clock::duration longest = usual)
      : closing_(std::move(closing)),
        begin_(std::chrono::steady_clock::now()),
        end_(begin_ + longest) {}

  [[nodiscard]] bool over() const {
    return closing_.stop_requested() || std::chrono::steady_clock::now() >= end_;
  }
  /// Doubles the time used so far, for work that would be lost if the turn ended now; once, or what
  /// is lost again and again would have the turn go on for ever.
  void extend() {
    if (std::exchange(extended_, true)) return;
    const SteadyTime now = std::chrono::steady_clock::now();
    end_ = std::max(end_, now + (now - begin_));
  }

 private:
  std::stop_token closing_;
  SteadyTime begin_;
  SteadyTime end_;
  bool extended_ = false;
};

}  // namespace postern::imap
