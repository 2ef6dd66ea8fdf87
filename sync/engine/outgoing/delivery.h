#pragma once

#include <memory>
#include <string>

#include <asio/awaitable.hpp>

#include "sync/engine/outgoing/retry.h"
#include "sync/engine/outgoing/server.h"
#include "sync/engine/outgoing/text.h"
#include "sync/store/account.h"
#include "sync/store/submission.h"

namespace postern::engine::outgoing {

/// One attempt to send a queued message: begins it in the store, converses, settles.
///
/// Invariants:
/// - The final dot goes out only after the store knows that it will: after a crash before that the
///   server has not got the message, after it nobody knows.
/// - What is cancelled meanwhile gets no final dot.
/// - The queue, the copy in Sent, the flags of what was answered and the report change in one
///   write.
///
/// Failures of the store are thrown as StoreFailure, cancellation as net::Error(cancelled). Network
/// thread.
class Delivery {
 public:
  /// `server`: nullptr if none is left that the message could be sent by.
  Delivery(std::shared_ptr<store::Account> account, std::shared_ptr<Server> server)
      : account_(std::move(account)), server_(std::move(server)) {}

  asio::awaitable<void> attempt(SubmissionId id);

 private:
  asio::awaitable<Attempt> send(const store::Submission& submission, Text& text);
  asio::awaitable<Attempt> converse(upstream::SmtpSession& session,
                                    const store::Submission& submission, Text& text);
  asio::awaitable<bool> final_dot(SubmissionId id);
  asio::awaitable<void> settle(const store::Submission& submission, const Attempt& attempt,
                               Text& text);
  [[nodiscard]] std::string server_name() const;

  std::shared_ptr<store::Account> account_;
  std::shared_ptr<Server> server_;
  bool cancelled_ = false;  ///< by somebody who took the message out of Outbox
};

}  // namespace postern::engine::outgoing
