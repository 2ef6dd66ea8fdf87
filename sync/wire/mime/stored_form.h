#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

/// What is computed about a message once is stored as numbers in LEB128 and texts with their length
/// in front.
namespace postern::wire::mime {

void put(std::string& out, std::uint64_t number);
void put(std::string& out, std::string_view text);

/// Reads what put() wrote, and nothing else: after the first error all reads as 0 and nothing, and
/// `good()` is false.
class StoredReader {
 public:
  /// `stored` must outlive it.
  explicit StoredReader(std::string_view stored) : rest_(stored) {}

  /// At most `maximum`; in the shortest form only.
  std::uint64_t number(std::uint64_t maximum = std::numeric_limits<std::uint64_t>::max());
  /// A view into what is read.
  std::string_view text();

  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] std::size_t left() const { return rest_.size(); }

 private:
  std::uint64_t fail();

  std::string_view rest_;
  bool good_ = true;
};

}  // namespace postern::wire::mime
