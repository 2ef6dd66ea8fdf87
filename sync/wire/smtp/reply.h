#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/wire/line_framer.h"
#include "sync/wire/smtp/enhanced_status.h"

namespace postern::wire::smtp {

/// RFC 5321 section 4.2: what a server answers to one command. The texts are a peer's words,
/// without what a terminal or a log could take for a command of its own: control characters are
/// "?".
struct Reply {
  unsigned code = 0;                     ///< 200 to 599
  std::optional<EnhancedStatus> status;  ///< RFC 2034, of the first line
  std::vector<std::string> lines;        ///< without code and status, at least one

  [[nodiscard]] bool positive() const { return code < 300; }
  [[nodiscard]] bool intermediate() const { return code >= 300 && code < 400; }
  [[nodiscard]] bool transient() const { return code >= 400 && code < 500; }
  [[nodiscard]] bool permanent() const { return code >= 500; }
  /// The lines with one space between.
  [[nodiscard]] std::string text() const;
  /// "550 5.1.1 no such user", as one line of 1000 octets at most.
  [[nodiscard]] std::string line() const;
};

/// The reply as it goes to a program, code and status on each line. What ReplyReader makes of it is
/// the same reply.
[[nodiscard]] std::string format_reply(const Reply& reply);

/// Puts replies together out of octets in any pieces. Bounded whatever comes: a line without an
/// end, more lines than any server has to say, codes that change within a reply or are none are
/// `malformed`, and the connection is of no use any more.
///
/// Order: next() until it says `more`, then again with the next piece; take() after `reply`.
class ReplyReader {
 public:
  static constexpr std::size_t most_lines = 128;
  static constexpr std::size_t longest_line = 2048;
  static constexpr std::size_t most_octets = 16UL * 1024;  ///< of one reply

  enum class Status : std::uint8_t { more, reply, malformed };
  /// Takes octets off the front of `input`: up to the end of one reply, or all there are.
  Status next(std::string_view& input);
  [[nodiscard]] Reply take();
  /// What was wrong, in words; of `malformed`.
  [[nodiscard]] std::string_view wrong() const { return wrong_; }

 private:
  Status line(std::string_view text);
  Status fail(std::string_view wrong);

  LineFramer framer_{longest_line};
  Reply reply_;
  std::string_view wrong_;
  std::size_t octets_ = 0;  ///< of the reply so far
};

}  // namespace postern::wire::smtp
