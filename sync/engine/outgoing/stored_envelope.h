#pragma once

#include "sync/store/submission.h"
#include "sync/wire/smtp/envelope.h"

namespace postern::engine::outgoing {

/// The envelope of a queued message, which the store keeps as the words of its commands. What a
/// former release wrote and this one does not read leaves the bare address. Pure.
[[nodiscard]] wire::smtp::Sender sender_of(const store::Submission& submission);
[[nodiscard]] wire::smtp::Recipient recipient_of(const store::SubmissionRecipient& stored);
/// Those that are still `due`, in order.
[[nodiscard]] std::vector<wire::smtp::Recipient> due_recipients(
    const store::Submission& submission);

}  // namespace postern::engine::outgoing
