#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postern::wire {

/// Byte-stuffing of a multi-line answer (RFC 1939 section 3), in any pieces. A lone LF goes out as
/// CRLF, the only line end the protocol has: programs that take LF for a line end then see the same
/// lines, and no dot behind one can end the message early.
///
/// Order: append() any number of times, then finish() once; after that the next answer may follow.
class ByteStuffer {
 public:
  void append(std::string_view octets, std::string& out);
  /// Completes the last line and adds the terminator.
  void finish(std::string& out);

 private:
  bool line_start_ = true;
  bool cr_ = false;  ///< the last octet was a CR
};

}  // namespace postern::wire
