#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sync/wire/line_framer.h"
#include "sync/wire/pop3/capabilities.h"
#include "sync/wire/pop3/command.h"
#include "sync/wire/pop3/listing.h"
#include "sync/wire/pop3/reply.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using namespace postern::wire::pop3;

/// K3: every parser of one line, and the listing that such lines make.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view octets(reinterpret_cast<const char*>(data), size);
  postern::wire::LineFramer framer;
  ListingBuilder listing;
  Capabilities capabilities;
  while (framer.next(octets) == postern::wire::LineFramer::Status::line) {
    const std::string_view line = framer.line();
    if (const auto reply = parse_reply(line)) require(reply->text.size() < line.size());
    capabilities.add(line);
    const Command command = parse_command(line);
    require(command.verb != Verb::unknown || !command.wrong.empty());
    require(!command.message || *command.message != 0);
    listing.stat(parse_stat(line));
    if (const auto uidl = parse_uidl_line(line)) require(uidl->uidl.size() <= longest_uidl);
    require(listing.list_line(line));
    require(listing.uidl_line(line));
  }
  const Listing built = listing.finish();
  require(built.flaw.empty() == (built.reliability == Reliability::complete));
  std::uint32_t last = 0;
  for (const ListedMessage& message : built.messages) {
    require(message.number > last);
    last = message.number;
  }
  if (built.reliability != Reliability::broken) require(last == built.messages.size());
  return 0;
}
