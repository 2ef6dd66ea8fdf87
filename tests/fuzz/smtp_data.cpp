#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sync/wire/byte_stuffing.h"
#include "sync/wire/smtp/content_check.h"
#include "sync/wire/smtp/data_decoder.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using namespace postern::wire::smtp;

namespace {

struct Taken {
  std::string message;
  std::size_t used = 0;
  bool ended = false;
  ContentCheck::Found found;
};

Taken take(std::string_view octets, std::size_t piece) {
  Taken out;
  DataDecoder decoder;
  ContentCheck check;
  while (out.used < octets.size() && !out.ended) {
    std::string_view input = octets.substr(out.used, piece);
    const std::size_t given = input.size();
    std::string text;
    out.ended = decoder.feed(input, text) == DataDecoder::Status::end;
    out.used += given - input.size();
    require(out.ended || input.empty());
    check.feed(text);
    out.message += text;
  }
  out.found = check.finish();
  return out;
}

/// Where RFC 5321 section 4.5.2 says that the message ends; npos: not in these octets.
std::size_t end_of(std::string_view octets) {
  if (octets.starts_with(".\r\n")) return 3;
  const std::size_t at = octets.find("\r\n.\r\n");
  return at == std::string_view::npos ? at : at + 5;
}

bool stands_alone(std::string_view message) {
  for (std::size_t i = 0; i < message.size(); ++i) {
    if (message[i] == '\n' && (i == 0 || message[i - 1] != '\r')) return true;
    if (message[i] == '\r' && (i + 1 == message.size() || message[i + 1] != '\n')) return true;
  }
  return false;
}

}  // namespace

/// E13: a message ends where the standard says and nowhere else, whatever the pieces (the first
/// octet is their size); a CR or LF that stands alone is seen; and what is taken goes out again as
/// one message that means the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = 1 + data[0] % 16;
  const std::string_view octets(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Taken whole = take(octets, std::max<std::size_t>(1, octets.size()));
  const Taken pieces = take(octets, piece);
  require(whole.ended == pieces.ended && whole.used == pieces.used);
  require(whole.message == pieces.message);
  require(whole.found.binary() == pieces.found.binary());
  require(whole.found.long_line == pieces.found.long_line);
  require(whole.ended == (end_of(octets) != std::string_view::npos));
  if (!whole.ended) return 0;
  require(whole.used == end_of(octets));
  require(whole.found.octets == whole.message.size());
  require(whole.found.bare_line_end == stands_alone(whole.message));
  if (whole.found.binary()) return 0;
  std::string wire;
  postern::wire::ByteStuffer stuffer;
  for (std::size_t at = 0; at < whole.message.size(); at += piece)
    stuffer.append(std::string_view(whole.message).substr(at, piece), wire);
  stuffer.finish(wire);
  const Taken again = take(wire, piece);
  require(again.ended && again.used == wire.size());
  // A message of no octets goes out as one empty line: DATA has no other form.
  require(again.message == whole.message || (whole.message.empty() && again.message == "\r\n"));
  return 0;
}
