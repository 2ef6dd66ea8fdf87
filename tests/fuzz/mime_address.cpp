#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sync/wire/mime/address.h"
#include "sync/wire/mime/envelope.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using namespace postern::wire::mime;

/// A list of addresses has an end, groups are opened and closed in turn, and an address that is no
/// end of a group has a mailbox.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  AddressReader reader(octets);
  std::size_t count = 0;
  std::size_t octets_of_values = 0;
  bool in_group = false;
  while (const auto address = reader.next()) {
    require(++count <= 2 * size + 2);
    if (address->host) {
      require(address->mailbox.has_value());
    } else {
      require(!address->name && !address->route);
      require(in_group != address->mailbox.has_value());
      in_group = !in_group;
    }
    for (const auto* value : {&address->name, &address->route}) {
      if (*value) octets_of_values += (*value)->size();
    }
  }
  require(!in_group);
  require(octets_of_values <= 16 * size + 16);
  const std::string written = envelope(octets);
  require(written.starts_with('(') && written.ends_with(')'));
  return 0;
}
