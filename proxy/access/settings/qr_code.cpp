#include "proxy/access/settings/qr_code.h"

#include <qrencode.h>

#include <memory>

#include <fmt/core.h>

namespace postern::access::settings {
namespace {

/// What the standard wants to be light around it.
constexpr std::size_t quiet = 4;

}  // namespace

std::expected<QrCode, Problem> QrCode::make(std::string_view text) {
  const std::unique_ptr<QRcode, void (*)(QRcode*)> code(
      QRcode_encodeData(static_cast<int>(text.size()),
                        reinterpret_cast<const unsigned char*>(text.data()), 0, QR_ECLEVEL_M),
      QRcode_free);
  if (!code)
    return std::unexpected(Problem{"this is too long for a QR code", "show it as text instead"});
  const auto width = static_cast<std::size_t>(code->width);
  std::vector<Module> modules(width * width);
  for (std::size_t i = 0; i < modules.size(); ++i)
    modules[i] = (code->data[i] & 1U) != 0 ? Module::dark : Module::light;
  return QrCode(width, std::move(modules));
}

QrCode::Module QrCode::at(std::size_t row, std::size_t column) const {
  return row < width_ && column < width_ ? modules_[row * width_ + column] : Module::light;
}

std::string qr_for_terminal(const QrCode& code) {
  const std::size_t side = code.width() + 2 * quiet;
  // Outside the code the difference wraps around, which at() takes for beyond.
  const auto dark = [&](std::size_t row, std::size_t column) {
    return code.at(row - quiet, column - quiet) == QrCode::Module::dark;
  };
  std::string out;
  for (std::size_t row = 0; row < side; row += 2) {
    out += "\x1b[30;47m";
    for (std::size_t column = 0; column < side; ++column) {
      const bool upper = dark(row, column);
      const bool lower = dark(row + 1, column);
      out += upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ";
    }
    out += "\x1b[0m\n";
  }
  return out;
}

std::string qr_svg(const QrCode& code) {
  const std::size_t side = code.width() + 2 * quiet;
  std::string path;
  for (std::size_t row = 0; row < code.width(); ++row) {
    for (std::size_t column = 0; column < code.width(); ++column) {
      if (code.at(row, column) == QrCode::Module::dark)
        path += fmt::format("M{} {}h1v1h-1z", column + quiet, row + quiet);
    }
  }
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {0}\" "
      "shape-rendering=\"crispEdges\"><rect width=\"{0}\" height=\"{0}\" fill=\"#fff\"/>"
      "<path d=\"{1}\" fill=\"#000\"/></svg>\n",
      side, path);
}

}  // namespace postern::access::settings
