#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postern::store {

/// Numbers for texts: equal texts get the same one, the empty text 0. What texts are put in cannot
/// make it slow: the table's hash has a key of its own. One thread at a time.
class TextNumbers {
 public:
  TextNumbers();
  TextNumbers(const TextNumbers&) = delete;

  std::uint32_t number(std::string_view text);
  /// Stays where it is for as long as this lives.
  [[nodiscard]] std::string_view text(std::uint32_t number) const { return texts_[number]; }
  /// The place of each text among all of them, octet by octet: the empty one has 0. What was ranked
  /// before is not sorted again. Good until the next call.
  [[nodiscard]] std::span<const std::uint32_t> ranks() const;
  /// Above all numbers given.
  [[nodiscard]] std::uint32_t end() const { return static_cast<std::uint32_t>(texts_.size()); }
  /// Memory, about.
  [[nodiscard]] std::size_t octets() const { return octets_; }

 private:
  [[nodiscard]] std::uint64_t hash(std::string_view text) const;
  void grow();
  std::string_view keep(std::string_view text);

  std::uint64_t key_[2];
  std::vector<std::string_view> texts_;
  std::vector<std::uint32_t> slots_;  ///< numbers, by hash; 0: free
  std::deque<std::string> blocks_;
  mutable std::vector<std::uint32_t> order_;  ///< numbers by their texts, as of the last ranks()
  mutable std::vector<std::uint32_t> ranks_;
  std::size_t octets_ = 0;
};

}  // namespace postern::store
