#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postern::wire::smtp {

/// What follows DATA: the octets of a message up to the line with a single dot, the dots before
/// others undone (RFC 5321 section 4.5.2), in any pieces. Only CRLF ends a line here, so that there
/// is one end of a message and no other octets are taken for it; CR and LF that stand alone are
/// given out as they are, for ContentCheck to tell.
///
/// Order: feed() until it says `end`; after that the next message may follow.
class DataDecoder {
 public:
  enum class Status : std::uint8_t { more, end };
  /// Takes octets off the front of `input`, up to the end of the message at most, and appends what
  /// they mean.
  Status feed(std::string_view& input, std::string& out);

 private:
  enum class State : std::uint8_t { line_start, text, carriage_return, dot, dot_return };

  void text(std::string_view& input, std::string& out);

  State state_ = State::line_start;
};

}  // namespace postern::wire::smtp
