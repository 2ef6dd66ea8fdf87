// K12: the configuration loader. Whatever the file holds, there is a configuration or a list of
// mistakes, in the order of the file, one printable line each.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "config/load.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;

namespace {

bool printable(std::string_view line) {
  return std::ranges::none_of(line, [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet < 0x20 || octet == 0x7f;
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using postern::config::Mistake;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = postern::config::parse(text, "/etc/postern/postern.yaml");
  if (!config) {
    require(!config.error().empty());
    require(std::ranges::is_sorted(config.error(), {}, [](const Mistake& mistake) {
      return std::tuple(mistake.line, mistake.column);
    }));
    for (const Mistake& mistake : config.error()) {
      require(mistake.line >= 1 && mistake.column >= 1);
      require(!mistake.what.empty() && !mistake.advice.empty());
      require(printable(mistake.text()));
    }
    return 0;
  }
  for (const auto& note : config->notes) require(printable(note));
  require(!config->state.empty());
  for (const auto& account : config->accounts) {
    require(!account.name.empty() && account.name.find('/') == std::string::npos);
    for (const auto& source : account.sources) {
      require(source.server.port != 0 && !source.server.host.empty());
      require(printable(source.username) && printable(source.server.host));
      require(source.poll.count() >= 1);
    }
  }
  return 0;
}
