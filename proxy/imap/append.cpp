#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "proxy/imap/appending.h"
#include "proxy/imap/extended_answer.h"
#include "proxy/imap/session.h"
#include "sync/store/body.h"
#include "sync/wire/imap/parse_command.h"

namespace postern::imap {
namespace {

namespace command = wire::imap::command;
using Form = command::NewMessage::Form;
using wire::imap::Framer;

constexpr std::size_t block_octets = 128 * 1024;
/// Of one command.
constexpr std::size_t most_messages = 1000;
constexpr std::uint64_t most_octets = 64UL * 1024 * 1024;  ///< beside the first one

}  // namespace

/// The grammar takes APPEND only with a stream, and those come through append().
asio::awaitable<Answer> Session::run(const command::Append& /*command*/) {
  co_return Answer::bad("The message must come as a literal");
}

asio::awaitable<Answer> Session::run(const command::Replace& /*command*/) {
  co_return Answer::bad("The message must come as a literal");
}

/// RFC 3501 section 6.3.11, RFC 3502, RFC 8508. What can be refused is refused before the client
/// sends the message; the messages of one command are stored together or not at all.
asio::awaitable<void> Session::append(Framer::Stream offer) {
  const auto command = parse(offer.command);
  Appending appending = command ? begin_append(*command) : Appending{};
  if (!command) appending.refusal = Answer::bad(command.error().text);
  const std::string tag = command ? command->tag : command.error().tag;
  std::optional<Framer::Stream> next = std::move(offer);
  while (next) {
    if (!appending.refusal) appending.refusal = refusal_of(appending, *next);
    if (next->literal == wire::imap::Literal::synchronising) {
      if (appending.refusal) {
        framer_.refuse_stream();
        break;
      }
      out_ += "+ Go on\r\n";
    } else if (next->octets > 4 * surroundings_.limits.message) {
      // It comes unasked; reading it only to throw it away could take for ever.
      tagged(tag, *appending.refusal);
      bye("TOOBIG", "The message is too large");
      co_return;
    }
    framer_.accept_stream();
    co_await take_message(appending);
    next = co_await what_follows(appending);
  }
  if (state_ == State::logout) co_return;
  Answer answer;
  if (appending.refusal) {
    answer = std::move(*appending.refusal);
  } else {
    answer = co_await store_messages(appending);
    if (view_) co_await tell(store::Expunges::allowed);
  }
  told_vanished_ = false;
  tagged(tag, answer);
  if (answer.condition == wire::imap::Condition::bad) count_bad();
}

Appending Session::begin_append(const wire::imap::Command& command) const {
  Appending appending;
  const auto* replace = std::get_if<command::Replace>(&command.body);
  const command::Append& append = replace ? *replace : std::get<command::Append>(command.body);
  appending.message = static_cast<const command::NewMessage&>(append);
  const auto tree = account()->tree();
  const store::MailboxInfo* mailbox = tree->find(append.mailbox.utf8());
  if (append.form == Form::utf8 && charset() != wire::imap::Charset::utf8) {
    appending.refusal = Answer::bad("ENABLE UTF8=ACCEPT comes first");
  } else if (replace && state_ != State::selected) {
    appending.refusal = Answer::bad("REPLACE is not possible in this state");
  } else if (reads_only()) {
    appending.refusal = not_permitted();
  } else if (replace && view_->read_only()) {
    appending.refusal = Answer::no("READ-ONLY", "The mailbox is open for reading only");
  } else if (mailbox != nullptr) {
    appending.mailbox = mailbox->id;
  }
  if (!replace || appending.refusal) return appending;
  const auto chosen = view_->choose(replace->set, replace->numbers);
  appending.replaced = view_->uids(chosen);
  appending.from = view_->id();
  if (appending.replaced.count() > 1) {
    appending.refusal = Answer::bad("REPLACE names one message");
  } else if (chosen.beyond) {
    appending.refusal = Answer::bad("There is no message with that number");
  } else if (appending.replaced.empty()) {
    appending.refusal = Answer::no("NONEXISTENT", "There is no message with that UID");
  }
  return appending;
}

std::optional<Answer> Session::refusal_of(const Appending& appending,
                                          const Framer::Stream& offer) const {
  if (offer.octets > surroundings_.limits.message)
    return Answer::no("TOOBIG", "The message is too large");
  if (offer.octets == 0) return Answer::no("CANNOT", "The message is empty");
  if (appending.messages.size() >= most_messages ||
      (!appending.messages.empty() && appending.octets + offer.octets > most_octets))
    return Answer::no("LIMIT", "Too many messages at once");
  if (appending.mailbox == MailboxId(0)) return Answer::refused(store::Refusal::try_create);
  return std::nullopt;
}

/// Up to another message of the same command; nullopt: there is none.
asio::awaitable<std::optional<Framer::Stream>> Session::what_follows(Appending& appending) {
  // However long the message took, the line has its own time.
  begin_waiting();
  const std::string_view end = appending.message.form == Form::utf8 ? ")" : "";
  while (state_ != State::logout) {
    Framer::Event event = framer_.next_append();
    if (const auto* refused = std::get_if<Framer::Refused>(&event)) {
      bye("TOOBIG", refused->text);
    } else if (const auto* complete = std::get_if<Framer::Complete>(&event)) {
      if (complete->command.text.front() != end && !appending.refusal)
        appending.refusal = Answer::bad("There is more than APPEND takes");
      co_return std::nullopt;
    } else if (auto* stream = std::get_if<Framer::Stream>(&event)) {
      another_message(appending, stream->command, end);
      co_return std::move(*stream);
    } else {
      co_await read_more();
    }
  }
  co_return std::nullopt;
}

void Session::another_message(Appending& appending, wire::imap::RawCommand& command,
                              std::string_view end) {
  if (appending.refusal) return;
  std::string& text = command.text.front();
  if (!appending.replaced.empty() || !offers(config::Capability::multi_append) ||
      !text.starts_with(end)) {
    appending.refusal = Answer::bad("There is more than this command takes");
    return;
  }
  text.erase(0, end.size());
  auto message = wire::imap::parse_new_message(command, charset());
  if (!message) {
    appending.refusal = Answer::bad(message.error().text);
  } else {
    appending.message = std::move(*message);
  }
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

/// Takes the message, one block being read while the one before it is scanned and compressed. After
/// a failure, or if it is refused, the rest is read and thrown away, so that what follows is found.
asio::awaitable<void> Session::take_message(Appending& appending) {
  const bool wanted = !appending.refusal;
  auto body = wanted ? std::make_shared<store::IncomingBody>(account()->spool()) : nullptr;
  std::optional<store::StoreFailure> failure;
  access::Ahead<store::Outcome<void>> fed(executor_);
  bool feeding = false;
  while (framer_.stream_left() != 0) {
    auto next = std::make_shared<std::string>(co_await next_block({}));
    if (std::exchange(feeding, false)) {
      const auto outcome = co_await fed.get();
      if (!outcome) failure = outcome.error();
    }
    if (failure || !wanted) continue;
    account()->compute([body, next] { body->feed(*next); }, fed.done());
    feeding = true;
  }
  if (feeding) {
    const auto outcome = co_await fed.get();
    if (!outcome) failure = outcome.error();
  }
  if (!wanted) co_return;
  if (!failure) {
    auto finish = [body] { return std::make_shared<store::NewBody>(body->finish()); };
    auto finished = co_await access::compute(account(), std::move(finish));
    if (finished) {
      appending.add(std::move(*finished));
      co_return;
    }
    failure = finished.error();
  }
  appending.refusal = failed(*failure);
}

asio::awaitable<Answer> Session::store_messages(Appending& appending) {
  const bool replaces = !appending.replaced.empty();
  auto work = [appending = std::move(appending)](store::Transaction& transaction) {
    return store_all(transaction, appending);
  };
  const auto outcome = co_await access::write(account(), std::move(work));
  if (!outcome) co_return failed(outcome.error());
  if (!*outcome) co_return Answer::refused(outcome->error());
  const AppendedAll& stored = **outcome;
  std::string code;
  if (offers(config::Capability::uid_plus)) {
    code = fmt::format("APPENDUID {} ", stored.uid_validity.value);
    append_ordered_set(code, stored.uids);
  }
  if (!replaces) co_return Answer::ok("APPEND completed", std::move(code));
  untagged(wire::imap::Condition::ok, code, "The new message is there");
  co_return Answer::ok("REPLACE completed");
}

}  // namespace postern::imap
