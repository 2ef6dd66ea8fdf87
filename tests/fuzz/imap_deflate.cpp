#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sync/net/deflate_layer.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using postern::net::DeflateLayer;
using Outcome = DeflateLayer::Outcome;

namespace {

constexpr std::size_t most = 1024UL * 1024;

enum class Rests : std::uint8_t { never, between };

/// What `octets` swell up to, up to `most`, fed in pieces and read into so much room.
std::string expand(DeflateLayer& layer, std::string_view octets, std::size_t piece,
                   std::size_t room, Rests rests) {
  std::string out;
  std::string into(room, '\0');
  while (out.size() < most) {
    const auto step = layer.expand(into);
    require(step.octets <= into.size());
    require((step.outcome == Outcome::octets) == (step.octets != 0));
    require(layer.octets_held() < 160UL * 1024 + piece);
    out.append(into, 0, step.octets);
    if (step.outcome == Outcome::octets) continue;
    if (step.outcome != Outcome::more_needed || octets.empty()) break;
    if (rests == Rests::between) layer.rest();
    layer.feed(octets.substr(0, piece));
    octets.remove_prefix(std::min(piece, octets.size()));
  }
  out.resize(std::min(out.size(), most));
  return out;
}

}  // namespace

/// What a client sends under COMPRESS means the same however it is cut, and whether or not the
/// layer rests in between; what the layer says comes back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view octets(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t some = std::size_t{data[0]} + 1;
  DeflateLayer whole;
  DeflateLayer cut;
  require(expand(whole, octets, 65536, 16384, Rests::never) ==
          expand(cut, octets, some, some, Rests::between));
  DeflateLayer says;
  DeflateLayer hears;
  for (std::string_view left = octets; !left.empty();) {
    const std::string_view said = left.substr(0, some * 16);
    left.remove_prefix(said.size());
    require(expand(hears, says.compress(said), some, some, Rests::between) == said);
    says.rest();
  }
  return 0;
}
