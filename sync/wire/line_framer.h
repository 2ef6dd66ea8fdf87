#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sync/base/wiping.h"

namespace postern::wire {

/// Cuts lines out of octets that come in any pieces. A line ends with CRLF, or with LF alone
/// (sloppy servers and programs); any other CR stays in it. A line that exceeds the limit is never
/// gathered.
///
/// Order: next() until it says `more`, then again with the next piece. After `too_long` the
/// connection is of no use any more.
class LineFramer {
 public:
  static constexpr std::size_t default_limit = 8192;

  /// `limit` counts the octets of a line without its end.
  explicit LineFramer(std::size_t limit = default_limit) : limit_(limit) {}

  enum class Status : std::uint8_t { line, more, too_long };
  /// Takes octets off the front of `input`: one line with its end, or all there are.
  Status next(std::string_view& input);
  /// The line that next() found, without its end. Good until the next call of next(), and as long
  /// as the octets given to that one.
  [[nodiscard]] std::string_view line() const { return line_; }
  /// Overwrites the line that was given out, for those that hold a password.
  void forget_line() {
    if (finished_) wipe(partial_);
    finished_ = false;
  }

 private:
  std::size_t limit_;
  std::string partial_;
  std::string_view line_;
  bool finished_ = false;  ///< `partial_` holds the line given out last
};

}  // namespace postern::wire
