#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern::wire::http {

/// What a server answers (RFC 9110 section 6). Names and values are the server's own words: they
/// hold no line ends.
struct Answer {
  unsigned status = 200;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
};

/// How the answer ends (RFC 9112 section 6.3).
enum class Framing : std::uint8_t {
  length,     ///< after its body, and the connection goes on
  last,       ///< after its body, and the connection ends
  head_only,  ///< as `length`, to HEAD: the body is only announced
  open_end,   ///< with the connection: more octets follow the body
};

/// The octets of an answer of HTTP/1.1.
[[nodiscard]] std::string format(const Answer& answer, Framing framing);

/// "Not Found"; empty for a code that this server does not use.
[[nodiscard]] std::string_view reason(unsigned status);

}  // namespace postern::wire::http
