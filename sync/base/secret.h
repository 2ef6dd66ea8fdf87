#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace postern {

/// Overwrites the octets in a way that the compiler may not leave out.
void wipe(char* octets, std::size_t count) noexcept;
/// All of it, and what its capacity still holds of a longer text; leaves it empty.
void wipe(std::string& text) noexcept;

/// A password or token. Prints as `***`, is overwritten when it goes away, and is read only by
/// saying `reveal`.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) { wipe(value); }
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { wipe(other.value_); }
  Secret& operator=(Secret other) noexcept {
    value_.swap(other.value_);
    return *this;
  }
  ~Secret() { wipe(value_); }

  /// The view lives as long as this object is not changed.
  [[nodiscard]] std::string_view reveal() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }
  /// Not in constant time: for what the operator wrote, not for what a stranger sends.
  bool operator==(const Secret&) const = default;

 private:
  std::string value_;
};

}  // namespace postern

template <>
struct fmt::formatter<postern::Secret> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const postern::Secret& /*secret*/, Context& context) const {
    return fmt::formatter<std::string_view>::format("***", context);
  }
};
