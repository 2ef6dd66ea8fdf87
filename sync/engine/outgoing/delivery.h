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
/// - An answer that came is settled: not for want of a disk for a while, nor for a cancellation, is
///   it forgotten that the server has the message.
/// - The queue, the copy in Sent, the flags of what was answered and the report change in one
///   write.
///
/// Failures of the store before the server is asked are thrown as StoreFailure. Network thread.
class Delivery {
 public:
  /// `server`: nullptr if none is left that the message could be sent by.
  Delivery(std::shared_ptr<store::Account> account, std::shared_ptr<Server> server)
      : account_(std::move(account)), server_(std::move(server)) {}

  /// Nothing happens if `waiting` is not what the store holds any more.
  asio::awaitable<void> attempt(store::Submission waiting);
  /// The server may have the message, and what it answers is not settled yet.
  [[nodiscard]] bool at_dot() const { return at_dot_; }
  /// The program ends: what cannot be settled now is not waited for.
  void hurry() { hurried_ = true; }

 private:
  asio::awaitable<Attempt> send(const store::Submission& submission, Text& text);
  asio::awaitable<Attempt> converse(upstream::SmtpSession& session,
                                    const store::Submission& submission, Text& text);
  asio::awaitable<bool> final_dot(SubmissionId id);
  asio::awaitable<std::unique_ptr<Text>> open_text(const store::Submission& submission,
                                                   Attempt& attempt);
  asio::awaitable<void> settle(store::Submission submission, const Attempt& attempt, Text& text);
  asio::awaitable<bool> settle_once(const store::Submission& submission,
                                    const store::Settlement& settlement, Text& text);
  void tell(const store::Submission& submission, const store::Settlement& settlement,
            const store::Settled& settled);
  [[nodiscard]] std::string server_name() const;

  std::shared_ptr<store::Account> account_;
  std::shared_ptr<Server> server_;
  bool at_dot_ = false;
  bool hurried_ = false;
  bool cancelled_ = false;  ///< by somebody who took the message out of Outbox
};

}  // namespace postern::engine::outgoing
