#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "proxy/submission/session.h"
#include "proxy/submission/transaction.h"
#include "sync/base/log.h"
#include "sync/store/failure.h"
#include "sync/wire/smtp/data_decoder.h"

namespace postern::submission {

namespace command = wire::smtp::command;
using wire::smtp::Reply;

namespace {

Reply too_large(std::uint64_t limit) {
  return {552,
          wire::smtp::EnhancedStatus{5, 3, 4},
          {fmt::format("a message may have {} octets", limit)}};
}

Reply header_too_long() {
  return {554, wire::smtp::EnhancedStatus{5, 6, 0}, {"the header of the message is too long"}};
}

Reply not_stored(const store::StoreFailure& failure) {
  log::error("submission", "a message could not be held: {}", store::problem_of(failure).text());
  return {452, wire::smtp::EnhancedStatus{4, 3, 1}, {"the message cannot be stored now"}};
}

}  // namespace

void Session::forget_transaction() {
  transaction_.reset();
}

/// RFC 2920 section 3.1: what follows a refused command in one go is no fault of the program.
Session::Next Session::out_of_order(std::string text) {
  say(503, wire::smtp::EnhancedStatus{5, 5, 1}, std::move(text));
  return Next::go_on;
}

asio::awaitable<Session::Next> Session::run(const command::Mail& mail) {
  if (hello_.empty()) co_return bad(503, {5, 5, 1}, "say EHLO first");
  if (!login_) co_return bad(530, {5, 7, 0}, "log in first");
  if (transaction_) co_return bad(503, {5, 5, 1}, "one message at a time");
  const std::uint64_t limit = surroundings_.limits.message;
  if (mail.size && *mail.size > limit) {
    say(too_large(limit));
    co_return Next::go_on;
  }
  auto transaction = std::make_unique<Transaction>(mail.sender, limit);
  if (login_->rights == store::DeviceRights::send_only) {
    transaction->sender.address = login_->sender;
    transaction->fixed_sender.emplace(login_->sender);
  }
  try {
    auto begun = co_await login_->postbox->begin(transaction->sender, mail.size);
    if (begun) {
      transaction->handover = std::move(*begun);
      transaction_ = std::move(transaction);
      say(250, wire::smtp::EnhancedStatus{2, 1, 0}, "and whom is it for");
    } else {
      say(begun.error());
    }
  } catch (const store::StoreFailure& failure) {
    say(not_stored(failure));
  }
  co_return Next::go_on;
}

asio::awaitable<Session::Next> Session::run(const command::Rcpt& rcpt) {
  if (!transaction_ || transaction_->chunks) co_return out_of_order("say MAIL first");
  if (transaction_->recipients == surroundings_.limits.recipients) {
    say(452, wire::smtp::EnhancedStatus{4, 5, 3},
        "too many recipients: send the message again for the others");
    co_return Next::go_on;
  }
  const Reply answer = co_await transaction_->handover->recipient(rcpt.recipient);
  if (answer.positive()) ++transaction_->recipients;
  say(answer);
  co_return Next::go_on;
}

/// Holds a piece of the message; what stands in the way is told when the message ends.
asio::awaitable<void> Session::take(std::string octets) {
  Transaction& message = *transaction_;
  message.octets += octets.size();
  if (message.octets > message.limit) message.refusal = too_large(message.limit);
  if (message.refusal) co_return;
  if (message.fixed_sender) {
    octets = message.fixed_sender->feed(std::move(octets));
    if (message.fixed_sender->too_long()) message.refusal = header_too_long();
  }
  co_await hold(message, std::move(octets));
}

asio::awaitable<void> Session::hold(Transaction& message, std::string octets) {
  if (octets.empty() || message.refusal) co_return;
  message.content.feed(octets);
  try {
    co_await message.handover->feed(std::move(octets));
  } catch (const store::StoreFailure& failure) {
    message.refusal = not_stored(failure);
  }
}

/// RFC 5321 section 4.1.1.4.
asio::awaitable<Session::Next> Session::run(const command::Data& /*data*/) {
  if (!transaction_ || transaction_->chunks) co_return out_of_order("say MAIL first");
  if (transaction_->recipients == 0) co_return out_of_order("nobody to send it to");
  // RFC 3030 section 3: lines that are none do not go with DATA.
  if (transaction_->sender.body == wire::smtp::BodyKind::binary_mime)
    co_return bad(503, {5, 5, 1}, "BINARYMIME wants BDAT");
  out_ += "354 end it with a line of one dot\r\n";
  wire::smtp::DataDecoder decoder;
  const std::uint64_t most = transaction_->limit * 2;
  while (true) {
    std::string octets;
    const auto status = decoder.feed(rest_, octets);
    if (!octets.empty()) co_await take(std::move(octets));
    if (status == wire::smtp::DataDecoder::Status::end) break;
    if (transaction_->octets > most) {
      say(too_large(transaction_->limit));
      co_return Next::end;
    }
    co_await more_octets();
  }
  co_return co_await end_message();
}

/// RFC 3030 section 2.
asio::awaitable<Session::Next> Session::run(const command::Bdat& bdat) {
  // The octets follow the command, wanted or not. Who has not logged in has none to give.
  if (!login_) {
    say(530, wire::smtp::EnhancedStatus{5, 7, 0}, "log in first");
    co_return Next::end;
  }
  const bool expected = transaction_ && transaction_->recipients != 0;
  const std::uint64_t limit = expected ? transaction_->limit : surroundings_.limits.message;
  const std::uint64_t known = expected ? transaction_->octets : 0;
  if (bdat.octets > 2 * limit || known > 2 * limit - bdat.octets) {
    say(too_large(limit));
    co_return Next::end;
  }
  std::uint64_t left = bdat.octets;
  while (left != 0) {
    if (rest_.empty()) co_await more_octets();
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, rest_.size()));
    std::string octets(rest_.substr(0, count));
    rest_.remove_prefix(count);
    left -= count;
    if (expected) co_await take(std::move(octets));
  }
  if (!expected) {
    say(503, wire::smtp::EnhancedStatus{5, 5, 1}, "say MAIL and RCPT first");
    co_return Next::go_on;
  }
  transaction_->chunks = true;
  if (bdat.chunk == command::Bdat::Chunk::last) co_return co_await end_message();
  if (transaction_->refusal) {
    say(*transaction_->refusal);
    forget_transaction();
  } else {
    say(250, wire::smtp::EnhancedStatus{2, 0, 0}, fmt::format("{} octets", bdat.octets));
  }
  co_return Next::go_on;
}

asio::awaitable<Session::Next> Session::end_message() {
  const std::unique_ptr<Transaction> message = std::move(transaction_);
  begin_waiting();
  if (message->fixed_sender && !message->refusal)
    co_await hold(*message, message->fixed_sender->finish());
  if (message->refusal) {
    say(*message->refusal);
    co_return Next::go_on;
  }
  const auto found = message->content.finish();
  if (found.binary() && message->sender.body != wire::smtp::BodyKind::binary_mime) {
    // RFC 5321 section 2.3.8; what others take for a line's end must not hide behind it.
    say(554, wire::smtp::EnhancedStatus{5, 6, 0},
        found.nul ? "the message holds a NUL"
                  : "the message holds a CR or an LF that stands alone");
    co_return Next::go_on;
  }
  try {
    say(co_await message->handover->end(found));
  } catch (const store::StoreFailure& failure) {
    say(not_stored(failure));
  }
  co_return Next::go_on;
}

}  // namespace postern::submission
