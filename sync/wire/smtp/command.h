#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "sync/wire/smtp/envelope.h"
#include "sync/wire/smtp/path.h"
#include "sync/wire/smtp/reply.h"

namespace postern::wire::smtp {

namespace command {
struct Hello {
  enum class Form : std::uint8_t { helo, ehlo } form = Form::ehlo;
  std::string_view name;
};
struct Mail {
  Sender sender;
  std::optional<std::uint64_t> size;  ///< RFC 1870, octets
};
struct Rcpt {
  Recipient recipient;
};
struct Data {};
struct Bdat {
  std::uint64_t octets = 0;
  enum class Chunk : std::uint8_t { more, last } chunk = Chunk::more;
};
struct Auth {
  std::string_view mechanism;
  std::optional<std::string_view> initial;  ///< base64, or "=" for an empty one
};
struct StartTls {};
struct Rset {};
struct Noop {};
struct Quit {};
struct Help {};
struct Vrfy {};
struct Expn {};
}  // namespace command

/// One command line of a mail program (RFC 5321 section 4.1, RFC 6409). Views are into the line.
using Command =
    std::variant<command::Hello, command::Mail, command::Rcpt, command::Data, command::Bdat,
                 command::Auth, command::StartTls, command::Rset, command::Noop, command::Quit,
                 command::Help, command::Vrfy, command::Expn>;

/// Without its line end. What is no command, or a command with wrong arguments, is the reply that
/// it deserves. Parameters that were not offered are refused (RFC 5321 section 4.1.1.11).
/// `of_recipients`: utf8 after a MAIL with SMTPUTF8.
[[nodiscard]] std::expected<Command, Reply> parse_command(std::string_view line,
                                                          Charset of_recipients);

/// Parameters of MAIL and RCPT as they go out to a server that has all the extensions they need:
/// " BODY=8BITMIME SMTPUTF8", with the blank in front; empty if there are none.
[[nodiscard]] std::string format_parameters(const Sender& sender);
[[nodiscard]] std::string format_parameters(const Recipient& recipient);

}  // namespace postern::wire::smtp
