#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sync/wire/smtp/envelope.h"

namespace postern::wire::smtp {

/// What a program may have left to us (RFC 6409 section 8): none of it takes the place of anything
/// that the message has.
struct Supplement {
  std::string_view date;        ///< RFC 5322 section 3.3
  std::string_view message_id;  ///< with its angle brackets
  std::string_view sender;      ///< of the envelope; may be empty
  std::span<const Recipient> recipients;
};

struct CompletedHeader {
  /// With the empty line. In front of the first field stand those that were missing; and a Bcc of
  /// the recipients that no field names, so that the one who sent it sees them again.
  std::string header;
  std::string message_id;  ///< as mime::message_ids gives it
};

/// `header`: up to and with the empty line, or all of a message that has none. Without any field it
/// is no header: then an empty line stands between it and what is added.
[[nodiscard]] CompletedHeader complete_header(std::string_view header,
                                              const Supplement& supplement);

/// What the recipients may see of a header: without Bcc and Resent-Bcc (RFC 5322 section 3.6.3).
[[nodiscard]] std::string without_bcc(std::string_view header);

/// The messages that one is about, as mime::message_ids gives them.
struct Refers {
  std::vector<std::string> answered;   ///< RFC 5322 section 3.6.4, In-Reply-To
  std::vector<std::string> forwarded;  ///< what it passes on, as programs say it
};
[[nodiscard]] Refers refers_to(std::string_view header);

}  // namespace postern::wire::smtp
