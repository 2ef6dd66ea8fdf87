#pragma once

#include <cstdint>
#include <string_view>

namespace postern::wire::smtp {

/// What the octets of a message are, looked at as they come, in any pieces.
///
/// Order: feed() any number of times, then finish() once.
class ContentCheck {
 public:
  struct Found {
    bool bare_line_end = false;  ///< a CR or an LF that stands alone (RFC 5321 section 2.3.8)
    bool eight_bit = false;      ///< octets beyond 127
    bool nul = false;
    bool long_line = false;  ///< more than 998 octets (RFC 5321 section 4.5.3.1.6)
    bool open_end = false;   ///< the last line has no end
    std::uint64_t octets = 0;

    /// Only BODY=BINARYMIME allows it (RFC 3030 section 3).
    [[nodiscard]] bool binary() const { return bare_line_end || nul; }
  };

  void feed(std::string_view octets);
  [[nodiscard]] Found finish();

 private:
  Found found_;
  std::uint64_t line_octets_ = 0;
  bool cr_ = false;  ///< the last octet was one, and what it means is not known yet
};

}  // namespace postern::wire::smtp
