#include "sync/store/chunk_codec.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sync/store/failure.h"
#include "tests/fuzz/require.h"

/// Whatever is stored is given back; whatever stands in a file is refused or has the right size.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace postern::store;
  using postern::fuzz::require;
  const std::string_view octets(reinterpret_cast<const char*>(data), size);

  std::string stored;
  require(compress_chunk(octets, stored) == stored.size());
  require(stored.size() <= octets.size() + 1);
  std::string back;
  expand_chunk(stored, octets.size(), back);
  require(back == octets);

  if (size == 0) return 0;
  const std::size_t room = std::size_t{data[0]} * 64;
  std::string made = "before";
  try {
    expand_chunk(octets.substr(1), room, made);
    require(made.size() == room + 6);
  } catch (const StoreFailure&) {
    require(made == "before");
  }
  return 0;
}
