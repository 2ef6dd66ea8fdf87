#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sync/wire/line_framer.h"
#include "sync/wire/pop3/capabilities.h"
#include "sync/wire/pop3/greeting.h"
#include "sync/wire/pop3/reply.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using namespace postern::wire::pop3;

/// K3: what a server says before the login: greeting, CAPA, refusals and challenges.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view octets(reinterpret_cast<const char*>(data), size);
  postern::wire::LineFramer framer;
  Capabilities capabilities;
  while (framer.next(octets) == postern::wire::LineFramer::Status::line) {
    const std::string_view line = framer.line();
    if (const auto timestamp = apop_timestamp(line)) {
      require(timestamp->starts_with('<') && timestamp->ends_with('>'));
      require(timestamp->find('@') != std::string_view::npos);
      require(timestamp->find(' ') == std::string_view::npos);
    }
    capabilities.add(line);
    const auto reply = parse_reply(line);
    if (!reply) continue;
    // A code is read once, and what was read is no part of the words.
    if (reply->indicator == Indicator::challenge) require(reply->code == ResponseCode::none);
    require(line.find(reply->text) != std::string_view::npos);
  }
  require(capabilities.mechanisms().size() <= 32);
  for (const std::string& mechanism : capabilities.mechanisms()) {
    require(!mechanism.empty());
    require(capabilities.has_mechanism(mechanism));
  }
  if (capabilities.has(Capabilities::Name::utf8_user)) {
    require(capabilities.has(Capabilities::Name::utf8));
  }
  return 0;
}
