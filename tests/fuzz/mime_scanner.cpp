#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sync/wire/mime/section.h"
#include "tests/fuzz/require.h"
#include "tests/wire/mime/scan.h"

using postern::fuzz::require;
using namespace postern::wire::mime;

namespace {

void require_nesting(const Scanned& scanned) {
  const auto& parts = scanned.structure.parts;
  require(!parts.empty() && parts.front().header_begin == 0);
  require(parts.front().body_end == scanned.octets);
  for (const Part& part : parts) {
    require(part.header_begin <= part.body_begin && part.body_begin <= part.body_end);
    require(part.body_lines <= part.body_end - part.body_begin);
    require(part.kind != PartKind::message || part.children.size() == 1);
    require(part.kind != PartKind::leaf || part.children.empty());
    std::uint64_t last_end = part.body_begin;
    for (const std::uint32_t child : part.children) {
      require(parts[child].header_begin >= last_end && parts[child].body_end <= part.body_end);
      last_end = parts[child].body_end;
    }
  }
}

}  // namespace

/// K5, K16: part ranges nest and stay within the message, and the pieces do not matter. The first
/// octet is the size of the pieces.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view message(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Limits limits{
      .depth = 10, .parts = 50, .header_octets = 4096, .parameters = 20, .kept_octets = 8192};
  const Scanned scanned = postern::test::scan(message, 0, limits);
  require_nesting(scanned);
  const Scanned pieces = postern::test::scan(message, data[0] + std::size_t{1}, limits);
  require(postern::test::described(scanned) == postern::test::described(pieces));
  const auto stored = Structure::decode(scanned.structure.encode());
  require(stored.has_value() && stored->encode() == scanned.structure.encode());

  const Section section{.path = {}, .what = Section::Text::header_fields, .fields = {"To"}};
  const auto header = locate(scanned.structure, section);
  require(header.has_value() && header->end == scanned.header_octets);
  const auto fields = select_fields(message.substr(0, header->end), section);
  require(fields.size() <= header->end + 4);
  return 0;
}
