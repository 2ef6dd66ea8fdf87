#include "sync/engine/outgoing/delivery.h"

#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <asio/cancellation_state.hpp>
#include <asio/this_coro.hpp>

#include "sync/base/log.h"
#include "sync/engine/outgoing/originals.h"
#include "sync/engine/outgoing/report.h"
#include "sync/engine/outgoing/stored_envelope.h"
#include "sync/engine/outgoing/upload.h"
#include "sync/engine/store_work.h"
#include "sync/net/dial.h"
#include "sync/net/error.h"

namespace postern::engine::outgoing {

namespace {

using upstream::SmtpSession;
using wire::smtp::Reply;

/// A disk may be full for a while; half an hour is enough for somebody to look.
constexpr unsigned most_rounds = 900;
constexpr std::chrono::seconds between_rounds{2};

bool anybody_accepted(const std::vector<Reply>& replies) {
  for (std::size_t i = 1; i < replies.size(); ++i)
    if (replies[i].positive()) return true;
  return false;
}

/// What the store holds once an attempt for it is begun.
store::Submission begun_from(store::Submission waiting, WallTime next) {
  ++waiting.attempts;
  waiting.due = next;
  return waiting;
}

std::string lost(const std::string& server, const net::Error& error) {
  return fmt::format("{}: the connection was lost: {}; it is tried again", server, error.what());
}

std::string senseless(const std::string& server, const upstream::Refused& why) {
  return fmt::format("{} gave no answer that makes sense, at {} ({}); it is tried again", server,
                     why.during, log::quoted(why.words));
}

}  // namespace

std::string Delivery::server_name() const {
  return server_ ? server_->config().server.host : "the server";
}

asio::awaitable<void> Delivery::attempt(store::Submission waiting) {
  // Should nothing settle it: as if it had failed now.
  const WallTime next = wall_now() + pause_after(waiting.attempts + 1);
  using Begun = store::Result<std::optional<store::Submission>>;
  auto begin = [expected = begun_from(waiting, next), next](store::Transaction& transaction) {
    auto attempted = transaction.begin_attempt(expected.id, next);
    // It was read before another attempt began or ended: what came of that one counts, and its
    // pause above all if the message may have been sent.
    if (attempted && *attempted != expected) return Begun(std::unexpected(store::Refusal::cannot));
    return Begun(std::move(attempted));
  };
  const Begun written = co_await write(*account_, std::move(begin));
  if (!written || !*written) co_return;
  const std::optional<store::Submission>& begun = *written;
  Attempt attempt;
  const std::unique_ptr<Text> text = co_await open_text(*begun, attempt);
  if (attempt.trouble.empty() && !server_) {
    attempt.trouble = fmt::format(
        "no outgoing server of the account sends for {}; write it into its `from:`, or delete the "
        "message from Outbox",
        begun->sender);
  }
  if (attempt.trouble.empty()) {
    attempt = co_await send(*begun, *text);
    if (cancelled_) co_return;
  }
  if (server_ && !attempt.trouble.empty()) server_->note_problem(attempt.trouble);
  co_await settle(*begun, attempt, *text);
  at_dot_ = false;
}

/// A message whose octets are damaged cannot be sent; the report says so when the time is up.
asio::awaitable<std::unique_ptr<Text>> Delivery::open_text(const store::Submission& submission,
                                                           Attempt& attempt) {
  try {
    co_return co_await StoredText::open(account_, submission.body);
  } catch (const store::StoreFailure& failure) {
    if (failure.kind() != store::FailureKind::corrupt) throw;
    attempt.trouble = store::problem_of(failure).text();
  }
  co_return std::make_unique<HeldText>(account_);
}

asio::awaitable<Attempt> Delivery::send(const store::Submission& submission, Text& text) {
  Attempt attempt;
  auto session = co_await server_->session();
  if (!session) {
    attempt.trouble = session.error().trouble.detail;
    co_return attempt;
  }
  attempt = co_await converse(*session, submission, text);
  // After a refusal within a message there may be another one to its end.
  const bool in_order = attempt.message ? attempt.message->positive() : attempt.trouble.empty();
  if (in_order && attempt.trouble.empty() && !cancelled_) server_->keep(std::move(*session));
  co_return attempt;
}

asio::awaitable<Attempt> Delivery::converse(SmtpSession& session,
                                            const store::Submission& submission, Text& text) {
  Attempt attempt;
  try {
    const wire::smtp::Sender sender = sender_of(submission);
    const std::vector<wire::smtp::Recipient> recipients = due_recipients(submission);
    const std::uint64_t octets = text.header().size() + text.rest();
    const auto taken = co_await session.envelope(sender, recipients, octets, attempt.replies);
    if (!taken) {
      attempt.trouble = senseless(server_name(), taken.error());
      co_return attempt;
    }
    if (!anybody_accepted(attempt.replies)) co_return attempt;
    auto ready = co_await upload(session, *account_, text, sender);
    if (ready && ready->intermediate()) {
      if (!co_await final_dot(submission.id)) co_return attempt;
      attempt.certainty = store::Certainty::unknown;
      ready = co_await session.finish();
      if (ready) attempt.certainty = store::Certainty::certain;
    }
    if (ready) {
      attempt.message = std::move(*ready);
    } else {
      attempt.trouble = senseless(server_name(), ready.error());
    }
  } catch (const net::Error& error) {
    if (error.kind() == net::ErrorKind::cancelled) throw;
    attempt.trouble = lost(server_name(), error);
  }
  co_return attempt;
}

/// False: it was cancelled.
asio::awaitable<bool> Delivery::final_dot(SubmissionId id) {
  auto work = [id](store::Transaction& transaction) { return transaction.final_dot(id); };
  // From the write on the store takes the message for perhaps sent.
  at_dot_ = true;
  const auto there = co_await write(*account_, std::move(work));
  cancelled_ = !there;
  co_return there.has_value();
}

asio::awaitable<void> Delivery::settle(store::Submission submission, const Attempt& attempt,
                                       Text& text) {
  const store::Settlement settlement = outgoing::settlement(submission, attempt, wall_now());
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  for (unsigned round = 0;; ++round) {
    std::string failed;
    try {
      (void)co_await settle_once(submission, settlement, text);
      co_return;
    } catch (const store::StoreFailure& failure) {
      failed = store::problem_of(failure).text();
      if (hurried_ || round == most_rounds) throw;
    }
    log::error("outgoing", "what became of a message from {} cannot be recorded yet: {}",
               submission.sender, failed);
    co_await net::pause(between_rounds);
  }
}

/// False: it is not in the queue any more.
asio::awaitable<bool> Delivery::settle_once(const store::Submission& submission,
                                            const store::Settlement& settlement, Text& text) {
  Originals originals;
  std::optional<store::NewBody> report;
  try {
    originals = co_await find_originals(account_, text.header());
  } catch (const store::StoreFailure& failure) {
    log::warning("outgoing", "what the message answers is not marked: {}", failure.what());
  }
  if (auto wanted = report_on(submission, settlement, server_name(), text.header(), wall_now()))
    report = co_await report_body(account_, std::move(*wanted), text);
  const auto* inbox = account_->tree()->find("INBOX");
  const MailboxId into = inbox == nullptr ? MailboxId(0) : inbox->id;
  bool told = true;
  auto work = [&](store::Transaction& transaction) -> store::Result<store::Settled> {
    auto settled = transaction.settle(submission.id, settlement);
    if (!settled) return settled;
    if (settled->sent) mark(transaction, originals);
    const InternalDate now{wall_now().time_since_epoch().count(), 0};
    if (report) told = transaction.append(into, *report, {}, now).has_value();
    return settled;
  };
  const auto settled = co_await write(*account_, std::move(work));
  if (!settled) co_return false;
  if (!told) {
    log::error("outgoing", "INBOX cannot take the report on a message from {}: {}",
               submission.sender, log::quoted(settlement.problem));
  }
  tell(submission, settlement, *settled);
  co_return true;
}

void Delivery::tell(const store::Submission& submission, const store::Settlement& settlement,
                    const store::Settled& settled) {
  if (settled.sent && server_) server_->note_sent();
  const std::string which = log::quoted(submission.message_id);
  if (settled.done) {
    log::info("outgoing", "{}: a message from {} ({}) is done with", server_name(),
              submission.sender, which);
  } else if (settlement.certainty == store::Certainty::unknown) {
    log::warning("outgoing",
                 "{}: a message from {} ({}) may have been sent, and is tried again later: {}",
                 server_name(), submission.sender, which, log::quoted(settlement.problem));
  } else {
    log::info("outgoing", "{}: a message from {} ({}) waits: {}", server_name(), submission.sender,
              which, log::quoted(settlement.problem));
  }
}

}  // namespace postern::engine::outgoing
