#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace postern::wire {

/// A class of octets, made when the program is compiled: asking for one is one look-up.
class OctetSet {
 public:
  template <typename Accepts>
  consteval explicit OctetSet(Accepts accepts) {
    for (std::size_t octet = 0; octet < holds_.size(); ++octet)
      holds_[octet] = accepts(static_cast<char>(octet));
  }

  [[nodiscard]] constexpr bool operator()(char octet) const {
    return holds_[static_cast<unsigned char>(octet)];
  }

  /// How many octets of the class stand at `at`, one behind the other.
  [[nodiscard]] constexpr std::size_t run(std::string_view text, std::size_t at = 0) const {
    const std::size_t begin = at;
    while (at < text.size() && (*this)(text[at])) ++at;
    return at - begin;
  }

  [[nodiscard]] constexpr bool all(std::string_view text) const { return run(text) == text.size(); }

 private:
  std::array<bool, 256> holds_{};
};

}  // namespace postern::wire
