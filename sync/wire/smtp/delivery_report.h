#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sync/wire/smtp/enhanced_status.h"

namespace postern::wire::smtp {

/// What became of a message for some of its recipients, as a message to the one who sent it
/// (RFC 3464): a text for people, the same for programs, and the message itself.
struct DeliveryReport {
  enum class Action : std::uint8_t {
    failed,
    sent_again,  ///< the answer to its end had been lost, so that it may have been sent before
  };
  struct Recipient {
    std::string address;
    std::string original;  ///< "rfc822;anna@example.org"; may be empty
    Action action = Action::failed;
    EnhancedStatus status{5, 0, 0};
    std::string answer;  ///< the server's words; may be empty
  };

  std::string to;           ///< the sender of the message
  std::string date;         ///< RFC 5322 section 3.3: now
  std::string message_id;   ///< of the report, with angle brackets
  std::string boundary;     ///< a fresh one that the message does not hold
  std::string arrived;      ///< RFC 5322 section 3.3: when the message was handed in
  std::string envelope_id;  ///< may be empty
  std::string server;       ///< the host that was to send it
  std::string subject;      ///< of the message, as it stands in its header; may be empty
  std::vector<Recipient> recipients;
  /// An attempt before ended without an answer: those that failed may have got it all the same.
  bool doubtful = false;
};

/// All that stands before the message, and behind it. Together with the message's own octets
/// between them they are the report.
struct ReportFrame {
  std::string before;
  std::string behind;
};
[[nodiscard]] ReportFrame format_report(const DeliveryReport& report);

}  // namespace postern::wire::smtp
