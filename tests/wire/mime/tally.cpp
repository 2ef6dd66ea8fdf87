#include "tests/wire/mime/tally.h"

#include <fmt/format.h>

namespace postern::test {

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= ' ' && c <= '~') {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

void Tally::count(const std::string& what, const std::string& file, bool agrees,
                  const std::string& difference) {
  auto& [same, all] = counts_[what];
  ++all;
  if (agrees) {
    ++same;
  } else {
    fmt::print("differs: {} {}: {}\n", file, what, difference);
  }
}

void Tally::report() const {
  for (const auto& [what, count] : counts_) {
    fmt::print("{} {}/{} agree\n", what, count.same, count.all);
  }
}

double Tally::share(const std::string& what) const {
  const auto& [same, all] = counts_.at(what);
  return static_cast<double>(same) / static_cast<double>(all);
}

}  // namespace postern::test
