#include "sync/wire/smtp/content_check.h"

#include <algorithm>

namespace postern::wire::smtp {

namespace {

constexpr std::uint64_t longest_line = 998;

bool has_eight_bit(std::string_view octets) {
  // Without a branch in the loop, so that many octets are looked at at once.
  unsigned char all = 0;
  for (const char c : octets) all = static_cast<unsigned char>(all | static_cast<unsigned char>(c));
  return all >= 0x80;
}

}  // namespace

void ContentCheck::feed(std::string_view octets) {
  if (octets.empty()) return;
  found_.octets += octets.size();
  found_.eight_bit = found_.eight_bit || has_eight_bit(octets);
  found_.nul = found_.nul || octets.contains('\0');
  std::size_t at = 0;  // the first octet of what is left of the line
  while (at < octets.size()) {
    if (cr_) {
      cr_ = false;
      if (octets[at] == '\n') {
        line_octets_ = 0;
        ++at;
        continue;
      }
      found_.bare_line_end = true;
    }
    const std::string_view rest = octets.substr(at);
    const std::size_t lf = std::min(rest.find('\n'), rest.size());
    const std::size_t cr = std::min(rest.substr(0, lf).find('\r'), lf);
    line_octets_ += cr;
    found_.long_line = found_.long_line || line_octets_ > longest_line;
    at += cr;
    if (cr < lf) {
      cr_ = true;
      ++at;
    } else if (lf < rest.size()) {
      found_.bare_line_end = true;
      line_octets_ = 0;
      ++at;
    }
  }
}

ContentCheck::Found ContentCheck::finish() {
  found_.bare_line_end = found_.bare_line_end || cr_;
  found_.open_end = line_octets_ != 0 || cr_;
  return found_;
}

}  // namespace postern::wire::smtp
