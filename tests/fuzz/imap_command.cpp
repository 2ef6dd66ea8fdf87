#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sync/wire/imap/framer.h"
#include "sync/wire/imap/parse_command.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using namespace postern::wire::imap;

namespace {

/// What the framer and the grammar make of the octets when they come in pieces of this size.
std::string told(std::string_view octets, std::size_t piece, FramerLimits limits) {
  Framer framer(limits);
  std::string log;
  bool behind_message = false;
  while (true) {
    if (framer.stream_left() != 0) log += framer.take_stream(octets.max_size());
    const auto event = behind_message ? framer.next_append() : framer.next();
    if (std::holds_alternative<Framer::Need>(event)) {
      if (octets.empty()) return log;
      framer.feed(octets.substr(0, piece));
      octets.remove_prefix(std::min(piece, octets.size()));
      continue;
    }
    if (const auto* complete = std::get_if<Framer::Complete>(&event)) {
      require(complete->command.text.size() == complete->command.literals.size() + 1);
      const auto command = parse_command(complete->command);
      log += command ? "ok " + command->tag : "bad " + command.error().tag + command.error().text;
      require(command || !command.error().text.empty());
      const auto in_utf8 = parse_command(complete->command, Charset::utf8);
      require(in_utf8 || !in_utf8.error().text.empty());
    } else if (const auto* stream = std::get_if<Framer::Stream>(&event)) {
      log += "stream " + std::to_string(stream->octets);
      require(stream->command.stream == stream->octets);
      (void)parse_command(stream->command);
      for (const auto form : {command::NewMessage::Form::plain, command::NewMessage::Form::utf8,
                              command::NewMessage::Form::catenate})
        for (const auto part :
             {command::AppendPiece::Stream::text, command::AppendPiece::Stream::utf8_text})
          (void)parse_more_messages(stream->command, form, part, Charset::utf8);
      framer.accept_stream();
    } else if (const auto* refused = std::get_if<Framer::Refused>(&event)) {
      log += "refused " + refused->tag;
      if (refused->scope == Framer::Refused::Scope::connection) return log;
    } else {
      log += "+";
    }
    behind_message = std::holds_alternative<Framer::Stream>(event);
    log += '\n';
  }
}

}  // namespace

/// K1: the command parser, and that it gives the same wherever the input is cut (C25).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  (void)told(octets, 4096, FramerLimits::before_login());
  const FramerLimits limits = FramerLimits::after_login(64 * 1024);
  require(told(octets, 1, limits) == told(octets, size + 1, limits));
  return 0;
}
