#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace postern::upstream {

/// Commands that are sent ahead of their answers (RFC 2449 section 6.6), bounded by their number,
/// so that the server never has to wait with reading, and by the octets they will bring.
class Pop3Window {
 public:
  /// They fit into the smallest socket buffers twice.
  static constexpr std::size_t most_commands = 512;
  /// What a fast line brings within a long round trip.
  static constexpr std::uint64_t most_octets = 32UL * 1024 * 1024;

  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] bool open() const {
    return empty() || (count_ < most_commands && octets_ < most_octets);
  }
  /// Half of it is free: worth sending some more, so that commands travel in groups.
  [[nodiscard]] bool wants_more() const {
    return empty() || (count_ <= most_commands / 2 && octets_ <= most_octets / 2);
  }
  void sent(std::uint64_t octets) {
    ++count_;
    octets_ += std::min(octets, most_octets);
  }
  void answered(std::uint64_t octets) {
    --count_;
    octets_ -= std::min(octets, most_octets);
  }

 private:
  std::size_t count_ = 0;
  std::uint64_t octets_ = 0;
};

}  // namespace postern::upstream
