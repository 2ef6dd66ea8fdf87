#include "sync/wire/byte_stuffing.h"

namespace postern::wire {

void ByteStuffer::append(std::string_view octets, std::string& out) {
  std::size_t from = 0;  // what stands from here on was not copied yet
  std::size_t at = 0;
  while (at < octets.size()) {
    if (line_start_ && octets[at] == '.') {
      out.append(octets.substr(from, at - from));
      out.push_back('.');
      from = at;
    }
    line_start_ = false;
    const std::size_t lf = octets.find('\n', at);
    if (lf == std::string_view::npos) break;
    const bool after_cr = lf == 0 ? cr_ : octets[lf - 1] == '\r';
    if (!after_cr) {
      out.append(octets.substr(from, lf - from));
      out.push_back('\r');
      from = lf;
    }
    line_start_ = true;
    at = lf + 1;
  }
  out.append(octets.substr(from));
  if (!octets.empty()) cr_ = octets.back() == '\r';
}

void ByteStuffer::finish(std::string& out) {
  if (!line_start_) out.append(cr_ ? "\n" : "\r\n");
  out.append(".\r\n");
  line_start_ = true;
  cr_ = false;
}

}  // namespace postern::wire
