#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sync/wire/mime/likely_charset.h"
#include "sync/wire/mime/text.h"
#include "sync/wire/mime/transfer_encoding.h"
#include "sync/wire/mime/unicode.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using namespace postern::wire::mime;

/// K9: what a transfer encoding stands for does not depend on the pieces in which it comes (the
/// first octet is their size), and any octets are in a charset that can be decoded.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = 1 + data[0] % 16;
  const std::string_view octets(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (const char* name : {"7bit", "base64", "quoted-printable"}) {
    const std::string whole = decode_transfer(octets, name);
    TransferDecoder decoder(*transfer_encoding(name));
    std::string pieces;
    for (std::size_t at = 0; at < octets.size(); at += piece) {
      decoder.feed(octets.substr(at, piece), pieces);
    }
    decoder.finish(pieces);
    require(pieces == whole && decoder.decoded() == whole.size() && whole.size() <= octets.size());
  }
  const std::string_view charset = likely_charset(octets);
  require(known_charset(charset));
  require(is_utf8(to_utf8(octets, charset)) && is_utf8(to_utf8(octets, "")));
  return 0;
}
