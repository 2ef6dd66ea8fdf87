#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sync/wire/mime/base_subject.h"
#include "sync/wire/mime/message_ids.h"
#include "sync/wire/mime/sort_keys.h"
#include "sync/wire/mime/text.h"
#include "sync/wire/mime/unicode.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using namespace postern::wire::mime;

namespace {

void check_ids(std::string_view value) {
  const auto ids = message_ids(value);
  require(ids.size() <= most_message_ids);
  for (const std::string& id : ids) {
    require(id.size() <= longest_message_id + 1 && id.find('@') != std::string::npos);
    require(id.find('\n') == std::string::npos);
  }
  const auto first = first_message_id(value);
  require(first.has_value() == !ids.empty() && (!first || *first == ids.front()));
}

void check_subject(std::string_view value) {
  const BaseSubject base = base_subject(value);
  require(is_utf8(base.text) && !base.text.starts_with(' ') && !base.text.ends_with(' '));
  require(base.text.size() <= decode_header(value).size());
}

}  // namespace

/// Keys of any header have a stored form that gives them back, and what is stored gives keys or an
/// error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  check_ids(octets);
  check_subject(octets);
  const SortKeys keys = sort_keys(octets);
  const auto again = SortKeys::decode(keys.encode());
  require(again && *again == keys);
  if (const auto stored = SortKeys::decode(octets)) require(stored->encode() == octets);
  const std::string key = collation_key(octets);
  require(is_utf8(key));
  return 0;
}
