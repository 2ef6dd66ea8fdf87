#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "proxy/imap/session.h"
#include "sync/base/log.h"
#include "sync/store/body.h"
#include "sync/wire/imap/parse_command.h"

namespace postern::imap {
namespace {

using Form = wire::imap::command::Append::Form;

constexpr std::size_t block_octets = 128 * 1024;

store::FlagNames names_of(const wire::imap::FlagList& flags) {
  return {flags.system, flags.keywords};
}

}  // namespace

/// The grammar takes APPEND only with a stream, and those come through append().
asio::awaitable<Answer> Session::run(const wire::imap::command::Append& /*command*/) {
  co_return Answer::bad("The message must come as a literal");
}

/// RFC 3501 section 6.3.11. What can be refused is refused before the client sends the message.
asio::awaitable<void> Session::append(Framer::Stream offer) {
  const auto command = wire::imap::parse_command(offer.command, charset());
  const std::string tag = command ? command->tag : command.error().tag;
  if (!command) {
    co_await refuse_append(std::move(offer), tag, Answer::bad(command.error().text));
    co_return;
  }
  const auto& append = std::get<wire::imap::command::Append>(command->body);
  const auto tree = account()->tree();
  const store::MailboxInfo* mailbox = tree->find(append.mailbox.utf8());
  std::optional<Answer> refusal;
  if (append.form == Form::utf8 && charset() != wire::imap::Charset::utf8) {
    refusal = Answer::bad("ENABLE UTF8=ACCEPT comes first");
  } else if (reads_only()) {
    refusal = not_permitted();
  } else if (offer.octets > surroundings_.limits.message) {
    refusal = Answer::no("TOOBIG", "The message is too large");
  } else if (offer.octets == 0) {
    refusal = Answer::no("CANNOT", "The message is empty");
  } else if (mailbox == nullptr) {
    refusal = Answer::refused(store::Refusal::try_create);
  }
  if (refusal) {
    co_await refuse_append(std::move(offer), tag, std::move(*refusal));
    co_return;
  }
  if (offer.literal == wire::imap::Literal::synchronising) out_ += "+ Go on\r\n";
  framer_.accept_stream();
  const Answer answer = co_await take_message(append, mailbox->id);
  if (view_) co_await tell(store::Expunges::allowed);
  tagged(tag, answer);
  if (answer.condition == wire::imap::Condition::bad) count_bad();
}

asio::awaitable<void> Session::refuse_append(Framer::Stream offer, std::string tag, Answer answer) {
  if (offer.literal == wire::imap::Literal::synchronising) {
    framer_.refuse_stream();
    tagged(tag, answer);
  } else if (offer.octets > 4 * surroundings_.limits.message) {
    // It comes unasked; reading it only to throw it away could take for ever.
    tagged(tag, answer);
    bye("TOOBIG", "The message is too large");
  } else {
    framer_.accept_stream();
    while (framer_.stream_left() != 0) (void)co_await next_block({});
    (void)co_await rest_of_line();
    tagged(tag, answer);
  }
  if (answer.condition == wire::imap::Condition::bad) count_bad();
}

/// What follows the message on its line: nothing, if all is well.
asio::awaitable<std::string> Session::rest_of_line() {
  // However long the message took, the line has its own time.
  begin_waiting();
  const auto line = co_await read_line();
  co_return line.value_or(" ");
}

/// The next octets of the message under way, a block at most.
asio::awaitable<std::string> Session::next_block(std::string block) {
  block.clear();
  while (framer_.stream_left() != 0 && block.size() < block_octets) {
    const std::string_view held = framer_.take_stream(block_octets - block.size());
    if (!held.empty()) {
      block.append(held);
      continue;
    }
    co_await flush();
    const auto room =
        static_cast<std::size_t>(std::min<std::uint64_t>(framer_.stream_left(), input_.size()));
    const std::size_t count =
        co_await stream_.read_some(std::span(input_.data(), room), surroundings_.limits.stalled);
    framer_.passed_by(count);
    block.append(input_.data(), count);
  }
  co_return block;
}

/// Takes the message, one block being read while the one before it is scanned and compressed, then
/// stores it. After a failure the rest is read and thrown away, so that the next command is found.
asio::awaitable<Answer> Session::take_message(const wire::imap::command::Append& command,
                                              MailboxId mailbox) {
  auto body = std::make_shared<store::IncomingBody>(account()->spool());
  std::optional<store::StoreFailure> failure;
  access::Ahead<store::Outcome<void>> fed(executor_);
  bool feeding = false;
  while (framer_.stream_left() != 0) {
    auto next = std::make_shared<std::string>(co_await next_block({}));
    if (std::exchange(feeding, false)) {
      const auto outcome = co_await fed.get();
      if (!outcome) failure = outcome.error();
    }
    if (failure) continue;
    account()->compute([body, next] { body->feed(*next); }, fed.done());
    feeding = true;
  }
  if (feeding) {
    const auto outcome = co_await fed.get();
    if (!outcome) failure = outcome.error();
  }
  const std::string rest = co_await rest_of_line();
  if (rest != (command.form == Form::utf8 ? ")" : "")) co_return Answer::bad("There is more than APPEND takes");
  if (failure) co_return failed(*failure);

  auto finish = [body] { return std::make_shared<store::NewBody>(body->finish()); };
  const auto finished = co_await access::compute(account(), std::move(finish));
  if (!finished) co_return failed(finished.error());
  const InternalDate date =
      command.date.value_or(InternalDate{wall_now().time_since_epoch().count(), 0});
  auto work = [mailbox, date, flags = names_of(command.flags),
               message = *finished](store::Transaction& transaction) {
    return transaction.append_by_client(mailbox, *message, flags, date);
  };
  const auto outcome = co_await access::write(account(), std::move(work));
  if (!outcome) co_return failed(outcome.error());
  if (!*outcome) {
    const store::Refusal refusal = outcome->error();
    co_return Answer::refused(refusal == store::Refusal::nonexistent ? store::Refusal::try_create
                                                                     : refusal);
  }
  const store::Appended& stored = **outcome;
  co_return Answer::ok("APPEND completed",
                       fmt::format("APPENDUID {} {}", stored.uid_validity.value, stored.uid.value));
}

}  // namespace postern::imap
