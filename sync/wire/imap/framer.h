#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sync/wire/imap/literal.h"

namespace postern::wire::imap {

/// A command as it came, its literals split off: literal `i` stood between `text[i]` and
/// `text[i + 1]`. Line ends and the `{n}` of literals are gone.
struct RawCommand {
  std::vector<std::string> text;
  std::vector<std::string> literals;
  /// Octets of the APPEND message that follows the last text and is handed on as a stream.
  std::optional<std::uint64_t> stream;
};

/// Bounds of one command. Nothing is allocated by what a client announces, only for what it sends.
struct FramerLimits {
  std::size_t text = 0;      ///< octets of all lines together, without literals
  std::size_t literal = 0;   ///< octets of one literal
  std::size_t literals = 0;  ///< how many
  std::size_t total = 0;     ///< octets of all literals together
  std::size_t skipped =
      0;  ///< octets of a line over `text` that are read to find its end and say BAD
  enum class Append : std::uint8_t { buffered, streamed } append = Append::buffered;

  static FramerLimits before_login() { return {8 * 1024, 4096, 8, 16 * 1024, 0}; }
  static FramerLimits after_login(std::size_t command_line) {
    return {command_line, 64 * 1024, 1000, 1024 * 1024, 1024 * 1024, Append::streamed};
  }
};

/// Cuts what a client sends into commands (RFC 3501 section 2.2.1, RFC 7888). Holds one command at
/// most, and what was fed but not asked for yet. A line ends with CRLF; a bare LF is taken as well.
///
/// Order: feed() when next() says Need, next() until it says Need again. A Stream is answered by
/// accept_stream() or refuse_stream(); while stream_left() is not 0, octets are taken with
/// take_stream() or, read by the caller from elsewhere, reported with passed_by().
class Framer {
 public:
  struct Need {};      ///< more octets
  struct Continue {};  ///< a literal was announced: answer "+", then ask again
  struct Complete {
    RawCommand command;
  };
  /// An APPEND up to its message.
  struct Stream {
    RawCommand command;
    std::uint64_t octets = 0;
    Literal literal = Literal::synchronising;
  };
  /// Over a limit. `connection`: what follows cannot be told apart any more, end it.
  struct Refused {
    enum class Scope : std::uint8_t { command, connection } scope = Scope::connection;
    std::string tag;  ///< "*" if none could be read
    std::string text;
  };
  using Event = std::variant<Need, Continue, Complete, Stream, Refused>;

  explicit Framer(FramerLimits limits) : limits_(limits) { start_command(); }

  void set_limits(FramerLimits limits) { limits_ = limits; }
  void feed(std::string_view octets);
  [[nodiscard]] Event next();
  /// The next line as it is, for answers to "+": SASL responses and DONE. It is `text[0]` of
  /// Complete.
  [[nodiscard]] Event next_line();

  /// What follows the message of an APPEND on its line: Complete with the rest of the line, or, up
  /// to another message (RFC 3502), Stream.
  [[nodiscard]] Event next_append();

  void accept_stream();
  /// For a synchronising literal: the client sends nothing of it.
  void refuse_stream() { start_command(); }
  [[nodiscard]] std::uint64_t stream_left() const { return state_ == State::stream ? left_ : 0; }
  /// At most `most` octets of the message that are already here; the view is good until feed().
  /// When the message is complete, next() gives the rest of its line as a command.
  [[nodiscard]] std::string_view take_stream(std::size_t most);
  void passed_by(std::size_t octets);

  /// Overwrites what commands that were handed out have left behind; what was fed and not used yet
  /// stays. For those that hold a password.
  void forget_used();

  /// Nothing of another command came yet.
  [[nodiscard]] bool between_commands() const {
    return state_ == State::text && command_.text.empty() && !holds_octets();
  }
  /// Octets that belong to no finished command are held.
  [[nodiscard]] bool holds_octets() const { return head_ < buffer_.size(); }

 private:
  enum class State : std::uint8_t { text, literal, offered, stream, skipping, broken };
  enum class Form : std::uint8_t { command, line, append };

  Event advance(Form form);
  std::optional<Event> take_line(Form form);
  std::optional<Event> announced(std::uint64_t octets, Literal literal, Form form);
  std::optional<Event> take_literal();
  Event skip_line();
  Event too_long(std::string_view start);
  Event refuse(Refused::Scope scope, std::string text);
  [[nodiscard]] bool at_append_message() const;
  void start_command();
  void compact();

  FramerLimits limits_;
  State state_ = State::text;
  std::string buffer_;
  std::size_t head_ = 0;     ///< what stands before was used
  std::size_t scanned_ = 0;  ///< no line end stands before
  RawCommand command_;
  std::size_t text_octets_ = 0;
  std::size_t literal_octets_ = 0;
  std::uint64_t left_ = 0;  ///< of the literal or stream under way
  std::size_t skipped_ = 0;
  std::string skipped_tag_;
};

/// Overwrites a command that held a password.
void forget(RawCommand& command);

/// The tag that `text` begins with, "*" if it does not (RFC 3501 section 7.1: such an error is
/// answered untagged).
[[nodiscard]] std::string tag_of(std::string_view text);

}  // namespace postern::wire::imap
