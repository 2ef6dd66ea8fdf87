#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "sync/base/problem.h"

namespace postern::access::settings {

/// A text as a square of dark and light modules, read by any camera (ISO/IEC 18004), made by
/// libqrencode. Level M: a seventh of it may be illegible.
class QrCode {
 public:
  /// At most some 2300 octets; no NUL. A problem for more.
  static std::expected<QrCode, Problem> make(std::string_view text);

  [[nodiscard]] std::size_t width() const { return width_; }
  enum class Module : char { light, dark };
  /// Row and column below width(); beyond it, the quiet zone.
  [[nodiscard]] Module at(std::size_t row, std::size_t column) const;

 private:
  QrCode(std::size_t width, std::vector<Module> modules)
      : width_(width), modules_(std::move(modules)) {}
  std::size_t width_;
  std::vector<Module> modules_;
};

/// Two rows of modules a line, in half blocks, for a terminal: black on white whatever its colours.
[[nodiscard]] std::string qr_for_terminal(const QrCode& code);
/// An image for a page: black on white, no scripts, no styles; scales to any size.
[[nodiscard]] std::string qr_svg(const QrCode& code);

}  // namespace postern::access::settings
