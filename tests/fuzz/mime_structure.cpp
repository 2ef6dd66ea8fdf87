#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sync/wire/mime/section.h"
#include "sync/wire/mime/structure.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using namespace postern::wire::mime;

/// What decodes is what would be stored, and every path can be looked up in it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view stored(reinterpret_cast<const char*>(data), size);
  const auto structure = Structure::decode(stored);
  if (!structure) return 0;
  require(structure->encode() == stored);
  using enum Section::Text;
  for (const auto what : {whole, header, text, mime}) {
    for (std::uint32_t first = 0; first < 4; ++first) {
      for (std::uint32_t second = 0; second < 3; ++second) {
        const auto where =
            locate(*structure, {.path = {first, second}, .what = what, .fields = {}});
        require(!where || where->begin <= where->end);
      }
    }
  }
  return 0;
}
