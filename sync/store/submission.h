#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/base/clock.h"
#include "sync/base/ids.h"

namespace postern::store {

/// The queue of messages that wait to be sent. The store knows when they are due and what became of
/// them; how they are sent it does not know: the words below that are not its own are kept as they
/// are.
///
/// Invariants:
/// - What is queued is a message of the mailbox `outbox_name`, made in the same write
/// (Transaction::submit). A message that comes there in another way is not queued.
/// - Once the message leaves that mailbox, or the mailbox its name, it is cancelled in that write.
/// An attempt that is at its final dot by then can still be settled; nothing begins after it.
/// - A message leaves the queue and the mailbox when no recipient is `due` any more.
///
/// Order of an attempt, a write each: begin_attempt() before the server is asked, final_dot() when
/// all but the final dot is sent, settle(). Where they say that it is not there, it was cancelled:
/// the attempt is to be given up, and no final dot goes out.
inline constexpr std::string_view outbox_name = "Outbox";

struct SubmissionRecipient {
  enum class State : std::uint8_t { due, sent, failed };
  std::string address;
  std::string parameters;  ///< of RCPT
  State state = State::due;
  std::string answer;  ///< the server's last one
  bool operator==(const SubmissionRecipient&) const = default;
};

struct NewSubmission {
  std::string outgoing;  ///< by which server
  std::string sender;
  std::string parameters;  ///< of MAIL
  std::vector<SubmissionRecipient> recipients;
  std::string message_id;
  WallTime accepted{};
  WallTime due{};
  bool operator==(const NewSubmission&) const = default;
};

/// `unknown`: the final dot of an attempt went out, and its answer was lost. It may have been sent.
enum class Certainty : std::uint8_t { certain, unknown };

struct Submission : NewSubmission {
  SubmissionId id;
  MailboxId mailbox;
  Uid uid;  ///< 0: cancelled while an attempt was at its final dot
  BodyId body;
  std::uint32_t attempts = 0;
  Certainty certainty = Certainty::certain;
  std::string problem;  ///< why the last attempt failed, for a person
  bool filed = false;   ///< a copy is in Sent, or was
  bool operator==(const Submission&) const = default;
};

/// What came of an attempt.
struct Settlement {
  std::vector<SubmissionRecipient> recipients;  ///< all, in their order
  std::string problem;
  WallTime due{};  ///< the next attempt, if one is needed
  Certainty certainty = Certainty::certain;
};

}  // namespace postern::store
