#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sync/wire/mime/scanner.h"
#include "sync/wire/mime/seven_bit.h"
#include "sync/wire/mime/text.h"
#include "sync/wire/mime/transfer_encoding.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using namespace postern::wire::mime;

namespace {

Structure structure_of(std::string_view message) {
  Scanner scanner;
  scanner.feed(message);
  return scanner.finish().structure;
}

std::string converted(std::string_view message, std::size_t piece) {
  SevenBitPlan plan(structure_of(message));
  for (std::size_t at = 0; at < message.size(); at += piece) plan.survey(message.substr(at, piece));
  SevenBitConverter converter(plan);
  std::string out;
  for (std::size_t at = 0; at < message.size(); at += piece)
    converter.feed(message.substr(at, piece), out);
  converter.finish(out);
  return out;
}

std::string decoded(std::string_view message, const Part& part) {
  return decode_transfer(message.substr(part.body_begin, part.body_end - part.body_begin),
                         part.encoding);
}

}  // namespace

/// What is converted for a way of seven bits does not depend on the pieces (the first octet is
/// their size), and a message of one part means the same octets as before.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = 1 + data[0] % 32;
  const std::string_view message(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = converted(message, size);
  require(converted(message, piece) == whole);
  const Structure before = structure_of(message);
  const Structure after = structure_of(whole);
  if (before.parts.size() != 1 || after.parts.size() != 1) return 0;
  const Part& part = before.parts[0];
  if (part.kind != PartKind::leaf || !transfer_encoding(part.encoding)) return 0;
  require(decoded(whole, after.parts[0]) == decoded(message, part));
  return 0;
}
