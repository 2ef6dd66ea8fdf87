#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sync/wire/mime/text.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using namespace postern::wire::mime;

/// K7: a date within ten thousand years, or the fallback and nothing else.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr long long never = 1LL << 60;
  constexpr long long day = 86'400;
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  const long long date = parse_date(value, never);
  const auto written = written_day(value);
  require(written.has_value() == (date != never));
  if (!written) return 0;
  require(parse_date(value, -never) == date);
  require(date > -63'000'000'000 && date < 254'000'000'000);
  require(date / day - *written >= -2 && date / day - *written <= 2);
  return 0;
}
