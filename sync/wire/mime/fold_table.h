#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postern::wire::mime {

/// What single characters become when they are folded (`fold`), worked out once and kept for good:
/// most text consists of characters that have no say in what becomes of each other. Any thread.
class FoldTable {
 public:
  /// What `point` becomes; nullopt: that depends on what stands before it. It says nothing of what
  /// stands behind.
  [[nodiscard]] std::optional<std::string_view> find(char32_t point);

  static FoldTable& shared();

 private:
  static constexpr unsigned page_bits = 8;
  static constexpr std::size_t page_points = std::size_t{1} << page_bits;
  /// Above is what hardly any text has.
  static constexpr std::size_t points = 0x20000;

  struct Page {
    struct Entry {
      std::uint16_t begin = 0;  ///< in octets
      std::uint8_t size = 0;
      bool joins = false;
    };
    std::array<Entry, page_points> entries;
    std::string octets;
  };
  const Page& page(std::size_t number);

  std::array<std::atomic<const Page*>, points / page_points> pages_{};
};

}  // namespace postern::wire::mime
