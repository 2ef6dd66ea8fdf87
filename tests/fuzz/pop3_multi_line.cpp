#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sync/wire/byte_stuffing.h"
#include "sync/wire/line_framer.h"
#include "sync/wire/pop3/multi_line.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using namespace postern::wire::pop3;

namespace {

/// What comes out of the decoder for pieces of this size; what is behind the end stands behind a
/// bar.
std::string decoded(std::string_view octets, std::size_t piece) {
  MultiLineDecoder decoder;
  std::string out;
  while (!octets.empty()) {
    std::string_view input = octets.substr(0, piece);
    const std::size_t before = input.size();
    const bool ended = decoder.feed(input, [&](std::string_view part) { out += part; });
    octets.remove_prefix(before - input.size());
    if (ended) return out + "|" + std::string(octets);
    require(input.empty());
  }
  return out;
}

std::string framed(std::string_view octets, std::size_t piece) {
  postern::wire::LineFramer framer(64);
  std::string out;
  while (!octets.empty()) {
    std::string_view input = octets.substr(0, piece);
    octets.remove_prefix(input.size());
    while (!input.empty()) {
      const auto status = framer.next(input);
      if (status == postern::wire::LineFramer::Status::too_long) return out + "too long";
      if (status != postern::wire::LineFramer::Status::line) continue;
      require(framer.line().size() <= 64);
      out += framer.line();
      out += '\n';
    }
  }
  return out;
}

}  // namespace

/// K3: the same for every division, and what is stuffed comes out as it was, with CRLF.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  require(decoded(octets, 1) == decoded(octets, size + 1));
  require(decoded(octets, 7) == decoded(octets, size + 1));
  require(framed(octets, 1) == framed(octets, size + 1));

  std::string wire;
  postern::wire::ByteStuffer stuffer;
  stuffer.append(octets.substr(0, size / 2), wire);
  stuffer.append(octets.substr(size / 2), wire);
  stuffer.finish(wire);
  const std::string back = decoded(wire, 5);
  require(back.ends_with("|"));
  const auto without_line_ends = [](std::string text) {
    std::erase(text, '\r');
    return text;
  };
  require(without_line_ends(back).starts_with(without_line_ends(std::string(octets))));
  return 0;
}
