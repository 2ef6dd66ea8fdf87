#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sync/wire/mbox/writer.h"
#include "tests/fuzz/require.h"
#include "tests/wire/mbox/text.h"

using postern::fuzz::require;
using namespace postern::wire::mbox;

namespace {

std::string written(Variant variant, std::string_view message, const Marks& marks) {
  const std::size_t text = header_end(message.substr(0, longest_header));
  Measure measure(text);
  measure.feed(message);
  measure.finish();
  const std::string_view header = message.substr(0, std::min(text, longest_header));
  Writer writer(layout_of(variant, header, measure, marks, postern::InternalDate{86400, 60}));
  std::string out;
  writer.begin("", {86400, 60}, out);
  writer.feed(message, out);
  writer.finish(out);
  return out;
}

}  // namespace

/// K3: any file is read to its end, the same twice; any message comes back as it was written, and
/// what was read from a file and written is read again as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view octets(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto variant = static_cast<Variant>(data[0] % 4);
  const auto told = data[0] % 8 < 4 ? std::optional<Variant>() : std::optional(variant);
  Text text{std::string(octets)};
  Reader reader(text, told);
  while (const auto* found = reader.next()) {
    require(found->offset <= octets.size());
    const Marks marks = found->marks;
    std::string once;
    while (reader.read(once)) {
    }
    std::string again;
    reader.rewind();
    while (reader.read(again)) {
    }
    require(once == again);
    if (once.empty() || variant == Variant::mboxo) continue;
    const auto back = messages_in(written(variant, once, marks));
    require(back.size() == 1 && back[0] == once);
  }
  if (!octets.empty() && variant != Variant::mboxo) {
    const auto back = messages_in(written(variant, octets, {}));
    require(back.size() == 1 && back[0] == octets);
  }
  return 0;
}
