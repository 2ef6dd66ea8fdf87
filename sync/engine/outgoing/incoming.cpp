#include "sync/engine/outgoing/incoming.h"

#include <utility>

#include <fmt/format.h>
#include <asio/cancellation_state.hpp>
#include <asio/this_coro.hpp>

#include "sync/base/log.h"
#include "sync/engine/outgoing/originals.h"
#include "sync/engine/outgoing/report.h"
#include "sync/engine/outgoing/upload.h"
#include "sync/engine/store_work.h"
#include "sync/net/error.h"
#include "sync/wire/smtp/command.h"
#include "sync/wire/smtp/submitted_header.h"

namespace postern::engine::outgoing {

namespace {

using wire::smtp::BodyKind;
using wire::smtp::EnhancedStatus;
using wire::smtp::Reply;

/// What has a longer one is refused: a header is held in memory.
constexpr std::size_t longest_header = 1024UL * 1024;

Reply reply(unsigned code, EnhancedStatus status, std::string text) {
  return {code, status, {std::move(text)}};
}

/// Behind the empty line; npos: it has not come. What stands before `known` was looked at.
std::size_t header_end(const std::string& octets, std::size_t known) {
  if (octets.starts_with("\r\n")) return 2;
  const std::size_t line = octets.find("\r\n\r\n", known);
  return line == std::string::npos ? line : line + 4;
}

/// What a message is counts more than what was said of it.
BodyKind kind_of(const wire::smtp::ContentCheck::Found& content) {
  if (content.binary()) return BodyKind::binary_mime;
  return content.eight_bit ? BodyKind::eight_bit_mime : BodyKind::seven_bit;
}

}  // namespace

Incoming::Incoming(std::shared_ptr<store::Account> account, std::shared_ptr<Server> server,
                   wire::smtp::Sender sender, std::function<void()> wake)
    : account_(std::move(account)),
      server_(std::move(server)),
      sender_(std::move(sender)),
      wake_(std::move(wake)),
      text_(account_) {}

Incoming::~Incoming() {
  // A transaction that was begun ends with the RSET that the next one starts with; but within a
  // message that would be part of it.
  if (!session_ || in_data_) return;
  server_->keep(std::move(*session_));
  wake_();
}

/// RFC 1870 section 6.1.
Reply Incoming::too_large(std::uint64_t limit) const {
  return reply(552, {5, 3, 4},
               fmt::format("{} takes {} octets at most", server_->config().server.host, limit));
}

void Incoming::lose(const std::string& why) {
  const std::string words = log::quoted(why);
  log::info("outgoing", "{}: {}; the message goes to Outbox", server_->config().server.host, words);
  server_->note_problem(words);
  session_.reset();
}

asio::awaitable<std::optional<Reply>> Incoming::begin(std::optional<std::uint64_t> octets) {
  if (server_->config().queue == config::Outgoing::Queue::always) co_return std::nullopt;
  auto session = co_await server_->session();
  if (!session) {
    const Unavailable& why = session.error();
    if (why.kind == Unavailable::Kind::refused) co_return reply(451, {4, 7, 0}, why.trouble.detail);
    lose(why.trouble.detail);
    co_return std::nullopt;
  }
  const auto& limit = session->extensions().size;
  if (octets && limit && *octets > *limit) {
    const std::uint64_t most = *limit;
    server_->keep(std::move(*session));
    wake_();
    co_return too_large(most);
  }
  session_.emplace(std::move(*session));
  // What programs do not say, most messages are.
  wire::smtp::Sender announced = sender_;
  if (announced.body == BodyKind::seven_bit) announced.body = BodyKind::eight_bit_mime;
  try {
    auto answer = co_await session_->mail(std::move(announced), octets);
    if (answer && answer->positive()) co_return std::nullopt;
    if (answer && answer->code != 421) co_return std::move(*answer);
    lose(answer ? answer->line() : answer.error().words);
  } catch (const net::Error& error) {
    if (error.kind() == net::ErrorKind::cancelled) throw;
    lose(error.what());
  }
  co_return std::nullopt;
}

asio::awaitable<Reply> Incoming::recipient(wire::smtp::Recipient recipient) {
  if (session_) {
    try {
      auto answer = co_await session_->rcpt(recipient);
      if (answer && answer->code != 421) {
        if (answer->positive()) recipients_.push_back(std::move(recipient));
        co_return std::move(*answer);
      }
      lose(answer ? answer->line() : answer.error().words);
    } catch (const net::Error& error) {
      if (error.kind() == net::ErrorKind::cancelled) throw;
      lose(error.what());
    }
  }
  recipients_.push_back(std::move(recipient));
  co_return reply(250, {2, 1, 5}, "it will be sent");
}

asio::awaitable<void> Incoming::feed(std::string octets) {
  if (in_header_) {
    const std::size_t known = header_.size() < 3 ? 0 : header_.size() - 3;
    header_ += octets;
    octets.clear();
    const std::size_t end = header_end(header_, known);
    if (end == std::string::npos && header_.size() < longest_header) co_return;
    header_too_long_ = end > longest_header;
    octets = header_.substr(std::min(end, header_.size()));
    header_.resize(header_.size() - octets.size());
    complete();
  }
  if (!octets.empty()) co_await text_.append(std::move(octets));
}

/// The header is there: what is missing is added.
void Incoming::complete() {
  in_header_ = false;
  const std::string date = mail_date(wall_now());
  const std::string id = fresh_message_id(sender_.address);
  wire::smtp::CompletedHeader whole =
      wire::smtp::complete_header(header_, {date, id, sender_.address, recipients_});
  message_id_ = std::move(whole.message_id);
  text_.set_header(std::move(whole.header));
  header_.clear();
}

asio::awaitable<Reply> Incoming::end(wire::smtp::ContentCheck::Found content) {
  if (in_header_) complete();
  if (header_too_long_) co_return reply(552, {5, 3, 4}, "the header is too long");
  const BodyKind said = std::exchange(sender_.body, kind_of(content));
  if (!session_) co_return co_await queue(store::Certainty::certain);
  // RFC 3030 section 3: what was announced as binary goes in chunks, whatever it is.
  if (said == BodyKind::binary_mime) sender_.body = said;
  const auto& limit = session_->extensions().size;
  if (limit && text_.header().size() + text_.rest() > *limit) co_return too_large(*limit);
  co_return co_await send();
}

asio::awaitable<Reply> Incoming::send() {
  store::Certainty certainty = store::Certainty::certain;
  in_data_ = true;
  try {
    auto answer = co_await upload(*session_, *account_, text_, sender_);
    if (answer && answer->intermediate()) {
      certainty = store::Certainty::unknown;
      answer = co_await session_->finish();
    }
    if (answer && answer->code != 421) {
      if (!answer->positive()) {
        // There may be another answer to the message's end: not for another message.
        session_.reset();
        co_return std::move(*answer);
      }
      server_->note_sent();
      server_->keep(std::move(*session_));
      session_.reset();
      // The program must hear of it, whoever stops us now.
      co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
      co_await file();
      co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
      co_return std::move(*answer);
    }
    if (answer) certainty = store::Certainty::certain;
    lose(answer ? answer->line() : answer.error().words);
  } catch (const net::Error& error) {
    if (error.kind() == net::ErrorKind::cancelled) throw;
    lose(error.what());
  }
  co_return co_await queue(certainty);
}

/// The server has it: whatever goes wrong from here on, the program must not send it again.
asio::awaitable<void> Incoming::file() {
  Originals originals;
  try {
    originals = co_await find_originals(account_, text_.header());
  } catch (const store::StoreFailure& failure) {
    log::warning("outgoing", "what the message answers is not marked: {}", failure.what());
  }
  try {
    store::NewBody body = co_await text_.body();
    auto work = [&](store::Transaction& transaction) {
      const InternalDate now{wall_now().time_since_epoch().count(), 0};
      auto filed = transaction.file_sent(body, now);
      if (filed) mark(transaction, originals);
      return filed;
    };
    const auto filed = co_await write(*account_, std::move(work));
    if (!filed)
      log::warning("outgoing",
                   "a message was sent, and Sent could not take its copy; look at the mailbox");
  } catch (const store::StoreFailure& failure) {
    log::error("outgoing", "a message was sent, and its copy could not be stored: {}",
               store::problem_of(failure).text());
  }
}

asio::awaitable<Reply> Incoming::queue(store::Certainty certainty) {
  store::NewSubmission submission;
  submission.outgoing = server_->config().key();
  submission.sender = sender_.address;
  submission.parameters = wire::smtp::format_parameters(sender_);
  for (const wire::smtp::Recipient& recipient : recipients_)
    submission.recipients.push_back(
        {recipient.address, wire::smtp::format_parameters(recipient), {}, ""});
  submission.message_id = message_id_;
  submission.accepted = wall_now();
  submission.due = submission.accepted;
  store::NewBody body = co_await text_.body();
  auto work = [&](store::Transaction& transaction) {
    auto queued = transaction.submit(body, submission);
    // The server may have it: as after an attempt whose answer was lost.
    if (queued && certainty == store::Certainty::unknown) {
      (void)transaction.begin_attempt(queued->id, submission.accepted);
      (void)transaction.final_dot(queued->id);
    }
    return queued;
  };
  const auto queued = co_await write(*account_, std::move(work));
  if (!queued)
    co_return reply(451, {4, 3, 0}, "Outbox cannot take the message; look at that mailbox");
  wake_();
  co_return reply(250, {2, 0, 0}, "it is on disk and will be sent; until then it is in Outbox");
}

}  // namespace postern::engine::outgoing
