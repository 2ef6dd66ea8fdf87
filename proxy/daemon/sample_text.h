#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "proxy/daemon/sample_words.h"
#include "sync/base/clock.h"

namespace postern::daemon::sample {

/// Numbers that are the same everywhere for the same seed (the standard's distributions are not).
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(engine_() % limit); }
  template <class Array>
  const auto& pick(const Array& choices) {
    return choices[below(choices.size())];
  }

 private:
  std::mt19937_64 engine_;
};

/// RFC 2047 section 2: as it is if ASCII, else encoded words of whole characters.
[[nodiscard]] std::string header_text(std::string_view text);
/// RFC 5322 section 3.3, in UTC.
[[nodiscard]] std::string date_text(WallTime time);
/// RFC 2045 section 6.8, lines of 76.
[[nodiscard]] std::string base64_lines(std::string_view octets);
/// RFC 2045 section 6.7.
[[nodiscard]] std::string quoted_printable(std::string_view text);
/// Some paragraphs, lines ended by CRLF and not longer than a mail program would write them.
[[nodiscard]] std::string paragraphs(Dice& dice, std::size_t count);
/// An uncompressed picture of a colour gradient (BMP), `width` a multiple of 4.
[[nodiscard]] std::string picture(Dice& dice, std::uint32_t width, std::uint32_t height);

}  // namespace postern::daemon::sample
