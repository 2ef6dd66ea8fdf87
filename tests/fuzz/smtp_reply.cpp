#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sync/wire/smtp/extensions.h"
#include "sync/wire/smtp/reply.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using namespace postern::wire::smtp;

namespace {

/// Every reply as one line, and whether there was nonsense in the end.
std::vector<std::string> replies_in(std::string_view octets, std::size_t piece) {
  std::vector<std::string> out;
  ReplyReader reader;
  for (std::size_t at = 0; at < octets.size(); at += piece) {
    std::string_view input = octets.substr(at, piece);
    while (true) {
      const auto status = reader.next(input);
      if (status == ReplyReader::Status::more) break;
      if (status == ReplyReader::Status::malformed) {
        require(!reader.wrong().empty());
        out.emplace_back(reader.wrong());
        return out;
      }
      const Reply reply = reader.take();
      require(reply.code >= 200 && reply.code <= 599 && !reply.lines.empty());
      require(reply.lines.size() <= ReplyReader::most_lines);
      const std::string line = reply.line();
      for (const char c : line) require(static_cast<unsigned char>(c) >= ' ' && c != 0x7f);
      if (reply.positive()) (void)parse_extensions(reply);
      out.push_back(line);
    }
  }
  return out;
}

}  // namespace

/// K4, E14: whatever a server says is bounded and harmless in a log, and the pieces in which it
/// comes (the first octet is their size) change nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = 1 + data[0] % 32;
  const std::string_view octets(reinterpret_cast<const char*>(data) + 1, size - 1);
  require(replies_in(octets, piece) == replies_in(octets, size));
  return 0;
}
