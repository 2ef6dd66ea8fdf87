#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "sync/wire/line_framer.h"
#include "sync/wire/smtp/command.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using namespace postern::wire::smtp;

namespace {

bool one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

/// What is understood and said again means the same.
void comes_back(const Sender& sender) {
  require(sender.address.empty() || is_mailbox(sender.address, Charset::utf8));
  const std::string line = "MAIL FROM:<" + sender.address + ">" + format_parameters(sender);
  require(one_line(line));
  const auto again = parse_command(line, Charset::utf8);
  require(again && std::holds_alternative<command::Mail>(*again));
  require(std::get<command::Mail>(*again).sender == sender);
}

void comes_back(const Recipient& recipient, Charset charset) {
  require(is_mailbox(recipient.address, Charset::utf8));
  const std::string line = "RCPT TO:<" + recipient.address + ">" + format_parameters(recipient);
  require(one_line(line));
  const auto again = parse_command(line, charset);
  require(again && std::holds_alternative<command::Rcpt>(*again));
  require(std::get<command::Rcpt>(*again).recipient == recipient);
}

void look(std::string_view line, Charset charset) {
  const auto parsed = parse_command(line, charset);
  if (!parsed) {
    require(parsed.error().permanent() && !parsed.error().lines.empty());
    for (const std::string& text : parsed.error().lines) require(one_line(text));
  } else if (const auto* mail = std::get_if<command::Mail>(&*parsed)) {
    comes_back(mail->sender);
  } else if (const auto* rcpt = std::get_if<command::Rcpt>(&*parsed)) {
    comes_back(rcpt->recipient, charset);
  }
}

}  // namespace

/// E12: no command makes an address or a parameter that would be two lines, or another one, on its
/// way to a server.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view octets(reinterpret_cast<const char*>(data), size);
  postern::wire::LineFramer framer;
  while (framer.next(octets) == postern::wire::LineFramer::Status::line) {
    look(framer.line(), Charset::ascii);
    look(framer.line(), Charset::utf8);
  }
  return 0;
}
