#pragma once

#include <cstdint>
#include <string_view>

namespace postern::pop3 {

/// Cuts a message for TOP (RFC 1939 section 7): the header with the empty line, then so many lines.
class TopFilter {
 public:
  TopFilter(std::uint64_t header_octets, std::uint64_t lines)
      : header_left_(header_octets), lines_left_(lines) {}

  /// The part of the next octets of the message that is to be sent, from their beginning.
  [[nodiscard]] std::string_view take(std::string_view octets);
  [[nodiscard]] bool done() const { return header_left_ == 0 && lines_left_ == 0; }

 private:
  std::uint64_t header_left_;
  std::uint64_t lines_left_;
};

}  // namespace postern::pop3
