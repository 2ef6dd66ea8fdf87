#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "proxy/submission/session.h"
#include "sync/wire/smtp/fixed_sender.h"

namespace postern::submission {

/// What a session knows of the message that is being handed in: RFC 5321 section 3.3.
struct Session::Transaction {
  Transaction(wire::smtp::Sender s, std::uint64_t most) : sender(std::move(s)), limit(most) {}

  wire::smtp::Sender sender;
  std::uint64_t
      limit;  ///< octets; the same from beginning to end, whatever is configured meanwhile
  std::unique_ptr<engine::handover::Handover> handover;
  std::size_t recipients = 0;
  std::optional<wire::smtp::FixedSender> fixed_sender;  ///< of a device that only sends
  wire::smtp::ContentCheck content;
  std::uint64_t octets = 0;
  bool chunks = false;  ///< BDAT was said: no DATA any more
  /// Why the message is refused when it ends; what comes of it until then is dropped.
  std::optional<wire::smtp::Reply> refusal;
};

}  // namespace postern::submission
