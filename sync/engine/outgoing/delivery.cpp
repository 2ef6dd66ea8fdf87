#include "sync/engine/outgoing/delivery.h"

#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "sync/base/log.h"
#include "sync/engine/outgoing/filing.h"
#include "sync/engine/outgoing/upload.h"
#include "sync/engine/store_work.h"
#include "sync/net/error.h"
#include "sync/wire/smtp/command.h"

namespace postern::engine::outgoing {

namespace {

using State = store::SubmissionRecipient::State;
using upstream::SmtpSession;
using wire::smtp::Reply;

/// What was stored as parameters of MAIL is read as it was the first time.
wire::smtp::Sender sender_of(const store::Submission& submission) {
  const std::string line = "MAIL FROM:<" + submission.sender + ">" + submission.parameters;
  const auto command = wire::smtp::parse_command(line, wire::smtp::Charset::utf8);
  if (command && std::holds_alternative<wire::smtp::command::Mail>(*command))
    return std::get<wire::smtp::command::Mail>(*command).sender;
  wire::smtp::Sender bare;
  bare.address = submission.sender;
  return bare;
}

std::vector<wire::smtp::Recipient> due_recipients(const store::Submission& submission) {
  std::vector<wire::smtp::Recipient> out;
  for (const store::SubmissionRecipient& recipient : submission.recipients) {
    if (recipient.state != State::due) continue;
    const std::string line = "RCPT TO:<" + recipient.address + ">" + recipient.parameters;
    const auto command = wire::smtp::parse_command(line, wire::smtp::Charset::utf8);
    if (command && std::holds_alternative<wire::smtp::command::Rcpt>(*command)) {
      out.push_back(std::get<wire::smtp::command::Rcpt>(*command).recipient);
    } else {
      out.push_back({recipient.address, {}, ""});
    }
  }
  return out;
}

bool anybody_accepted(const std::vector<Reply>& replies) {
  for (std::size_t i = 1; i < replies.size(); ++i)
    if (replies[i].positive()) return true;
  return false;
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

asio::awaitable<void> Delivery::attempt(SubmissionId id) {
  // Should nothing settle it: as if it had failed now.
  auto begin = [id](store::Transaction& transaction) {
    return transaction.begin_attempt(id, wall_now() + pause_after(1));
  };
  const std::optional<store::Submission> begun = co_await write(*account_, std::move(begin));
  if (!begun) co_return;
  const auto text = co_await StoredText::open(account_, begun->body);
  Attempt attempt;
  if (server_) {
    attempt = co_await send(*begun, *text);
    if (cancelled_) co_return;
  } else {
    attempt.trouble = fmt::format(
        "no outgoing server of the account sends for {}; write it into its `from:`, or delete the "
        "message from Outbox",
        begun->sender);
  }
  if (server_ && !attempt.trouble.empty()) server_->note_problem(attempt.trouble);
  co_await settle(*begun, attempt, *text);
}

asio::awaitable<Attempt> Delivery::send(const store::Submission& submission, Text& text) {
  Attempt attempt;
  auto session = co_await server_->session();
  if (!session) {
    attempt.trouble = session.error().trouble.detail;
    co_return attempt;
  }
  attempt = co_await converse(*session, submission, text);
  if (attempt.trouble.empty() && !cancelled_) server_->keep(std::move(*session));
  co_return attempt;
}

asio::awaitable<Attempt> Delivery::converse(SmtpSession& session,
                                            const store::Submission& submission, Text& text) {
  Attempt attempt;
  try {
    const wire::smtp::Sender sender = sender_of(submission);
    const std::vector<wire::smtp::Recipient> recipients = due_recipients(submission);
    auto replies =
        co_await session.envelope(sender, recipients, text.header().size() + text.rest());
    if (!replies) {
      attempt.trouble = senseless(server_name(), replies.error());
      co_return attempt;
    }
    attempt.replies = std::move(*replies);
    if (!anybody_accepted(attempt.replies)) co_return attempt;
    auto ready = co_await upload(session, *account_, text, sender.body);
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
  const auto there = co_await write(*account_, std::move(work));
  cancelled_ = !there;
  co_return there.has_value();
}

asio::awaitable<void> Delivery::settle(const store::Submission& submission, const Attempt& attempt,
                                       Text& text) {
  const store::Settlement settlement = outgoing::settlement(submission, attempt, wall_now());
  const Originals originals = co_await find_originals(account_, text.header());
  std::optional<store::NewBody> report;
  if (auto wanted = report_on(submission, settlement, server_name(), text.header(), wall_now()))
    report = co_await report_body(account_, std::move(*wanted), text);
  const auto* inbox = account_->tree()->find("INBOX");
  const MailboxId into = inbox == nullptr ? MailboxId(0) : inbox->id;
  auto work = [&](store::Transaction& transaction) -> store::Result<store::Settled> {
    auto settled = transaction.settle(submission.id, settlement);
    if (!settled) return settled;
    if (settled->sent) mark(transaction, originals);
    if (report) {
      const InternalDate now{wall_now().time_since_epoch().count(), 0};
      const auto told = transaction.append(into, *report, {}, now);
      if (!told) return std::unexpected(told.error());
    }
    return settled;
  };
  const auto settled = co_await write(*account_, std::move(work));
  if (!settled) co_return;
  if (settled->sent && server_) server_->note_sent();
  log::info("outgoing", "{}: a message from {} {}", server_name(), submission.sender,
            settled->done ? "is done with"
            : settlement.certainty == store::Certainty::unknown
                ? "may have been sent; tried again later"
                : "waits: " + settlement.problem);
}

}  // namespace postern::engine::outgoing
