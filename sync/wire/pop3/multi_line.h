#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace postern::wire::pop3 {

/// Undoes the byte-stuffing of a multi-line answer (RFC 1939 section 3) on blocks of any size: the
/// octets come out exactly as the server had them, CRLF kept, the same for every division into
/// blocks.
///
/// Strict where leniency could end a message early: only CRLF begins a new line, and only
/// CRLF "." CRLF ends the answer. A dot behind a lone LF or CR, or at the end of a line, is text.
class MultiLineDecoder {
 public:
  /// Takes octets off the front of `input`, through the end of the answer or all there are, and
  /// calls `emit(std::string_view)` for decoded octets in order, in as few pieces as it can. True
  /// once the answer has ended; what is left of `input` belongs to the next one.
  template <class Emit>
  bool feed(std::string_view& input, Emit emit);

  /// Ready for the next answer.
  void reset() { state_ = State::line_start; }

 private:
  enum class State : std::uint8_t {
    line_start,
    dot,     ///< a dot stood first in the line
    dot_cr,  ///< then a CR
    text,
    cr,  ///< a CR within text
  };

  /// The first dot behind a CRLF, or `end`. Octets of text are passed over in large strides: few
  /// are dots.
  static const char* dot_at_line_start(const char* at, const char* end) {
    const char* from = at;
    while (const void* found = std::memchr(from, '.', static_cast<std::size_t>(end - from))) {
      const char* const dot = static_cast<const char*>(found);
      if (dot - at >= 2 && dot[-1] == '\n' && dot[-2] == '\r') return dot;
      from = dot + 1;
    }
    return end;
  }
  /// Where text that began at `at`, not behind a CR, stands at `end`.
  static State state_after(const char* at, const char* end) {
    if (end[-1] == '\r') return State::cr;
    return end - at >= 2 && end[-1] == '\n' && end[-2] == '\r' ? State::line_start : State::text;
  }

  State state_ = State::line_start;
};

template <class Emit>
bool MultiLineDecoder::feed(std::string_view& input, Emit emit) {
  const char* at = input.data();
  const char* const end = at + input.size();
  const char* from = at;  // what stands from here on was not emitted yet
  while (at != end) {
    switch (state_) {
      case State::line_start:
        if (*at == '.') {
          if (from != at) emit(std::string_view(from, static_cast<std::size_t>(at - from)));
          from = ++at;
          state_ = State::dot;
        } else {
          state_ = State::text;
        }
        break;
      case State::dot:
        if (*at == '\r') {
          from = ++at;
          state_ = State::dot_cr;
        } else {
          state_ = State::text;
        }
        break;
      case State::dot_cr:
        if (*at == '\n') {
          input.remove_prefix(static_cast<std::size_t>(at + 1 - input.data()));
          reset();
          return true;
        }
        emit(std::string_view("\r", 1));
        state_ = State::cr;
        break;
      case State::cr:
        if (*at == '\n') {
          ++at;
          state_ = State::line_start;
        } else {
          state_ = State::text;
        }
        break;
      case State::text: {
        const char* const dot = dot_at_line_start(at, end);
        state_ = dot != end ? State::line_start : state_after(at, end);
        at = dot;
        break;
      }
    }
  }
  if (from != end) emit(std::string_view(from, static_cast<std::size_t>(end - from)));
  input = {};
  return false;
}

}  // namespace postern::wire::pop3
