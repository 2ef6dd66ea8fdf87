#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postern::wire::mime {

/// What `fold` makes of a text, piece by piece: one letter may become eighteen, so a long text is
/// never held folded as a whole. The pieces one after another are fold(utf8).
class Folding {
 public:
  static constexpr std::size_t window_octets = 64UL * 1024;

  /// `utf8` outlives it; `window` is how much of it is folded at once, at least 8.
  explicit Folding(std::string_view utf8, std::size_t window = window_octets)
      : rest_(utf8), window_(window) {}

  [[nodiscard]] bool finished() const { return rest_.empty(); }
  /// Octets of the text that are still to come.
  [[nodiscard]] std::size_t left() const { return rest_.size(); }
  /// Appends the next piece; it may be empty.
  void next(std::string& out);

 private:
  std::string_view rest_;
  std::size_t window_;
};

}  // namespace postern::wire::mime
