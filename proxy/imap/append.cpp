#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "proxy/imap/appending.h"
#include "proxy/imap/extended_answer.h"
#include "proxy/imap/session.h"
#include "sync/net/completion.h"
#include "sync/store/body.h"
#include "sync/wire/imap/message_url.h"
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
/// Messages of one command that are made ready while the next ones are read.
constexpr std::size_t most_coming = 4;

}  // namespace

/// Of one that ends on its line, its message in parts that are all here already; those with a
/// stream come through append().
asio::awaitable<Answer> Session::run(const command::Append& command) {
  Appending appending = begin_append(command);
  co_await take_piece(appending, command.piece);
  co_return co_await end_append(std::move(appending));
}

asio::awaitable<Answer> Session::run(const command::Replace& command) {
  Appending appending = begin_replace(command);
  co_await take_piece(appending, command.piece);
  co_return co_await end_append(std::move(appending));
}

/// RFC 3501 section 6.3.11, RFC 3502, RFC 8508. What can be refused is refused before the client
/// sends the message; the messages of one command are stored together or not at all.
asio::awaitable<void> Session::append(Framer::Stream offer) {
  const auto command = parse(offer.command);
  const std::string tag = command ? command->tag : command.error().tag;
  tag_ = tag;
  progress_told_ = std::chrono::steady_clock::now();
  Appending appending;
  if (!command) {
    appending.refusal = Answer::bad(command.error().text);
  } else if (const auto* replace = std::get_if<command::Replace>(&command->body)) {
    appending = begin_replace(*replace);
    co_await take_piece(appending, replace->piece);
  } else if (const auto* append = std::get_if<command::Append>(&command->body)) {
    appending = begin_append(*append);
    co_await take_piece(appending, append->piece);
  }
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
    co_await make_ready(appending);
    co_await take_stream(appending);
    next = co_await what_follows(appending);
  }
  if (state_ == State::logout) co_return;
  const bool stores = !appending.refusal;
  const Answer answer = co_await end_append(std::move(appending));
  if (command && stores) co_await tell_news(*command);
  told_vanished_ = false;
  tagged(tag, answer);
  if (answer.condition == wire::imap::Condition::bad) count_bad();
}

Appending Session::begin_append(const command::Append& append) const {
  Appending appending;
  appending.begin(append);
  const auto tree = account()->tree();
  const store::MailboxInfo* mailbox = tree->find(append.mailbox.utf8());
  if (mailbox != nullptr) appending.mailbox = mailbox->id;
  if (append.form == Form::utf8 && charset() != wire::imap::Charset::utf8) {
    appending.refusal = Answer::bad("ENABLE UTF8=ACCEPT comes first");
  } else if (reads_only()) {
    appending.refusal = not_permitted();
  }
  return appending;
}

Appending Session::begin_replace(const command::Replace& replace) const {
  Appending appending = begin_append(replace);
  if (state_ != State::selected) {
    appending.refusal = Answer::bad("REPLACE is not possible in this state");
  } else if (enabled_.has(Extension::uid_only) && replace.numbers == Numbers::sequence) {
    appending.refusal = uid_required();
  } else if (!appending.refusal && view_->read_only()) {
    appending.refusal = Answer::no("READ-ONLY", "The mailbox is open for reading only");
  }
  if (appending.refusal) return appending;
  const auto chosen = view_->choose(replace.set, replace.numbers);
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

/// Whether a message, or the next part of one, has room for so many octets.
std::optional<Answer> Session::too_large(const Appending& appending, std::uint64_t octets) const {
  const std::uint64_t before = appending.parts ? appending.parts->octets() : 0;
  if (octets > surroundings_.limits.message || before + octets > surroundings_.limits.message)
    return Answer::no("TOOBIG", "The message is too large");
  if (appending.messages.size() >= most_messages ||
      (!appending.messages.empty() && appending.octets + before + octets > most_octets))
    return Answer::no("LIMIT", "Too many messages at once");
  if (appending.mailbox == MailboxId(0)) return Answer::refused(store::Refusal::try_create);
  return std::nullopt;
}

std::optional<Answer> Session::refusal_of(const Appending& appending,
                                          const Framer::Stream& offer) const {
  using Kind = command::AppendPiece::Stream;
  if (appending.stream == Kind::none) return Answer::bad("There is more than this command takes");
  if (appending.stream == Kind::url && offer.octets > wire::imap::MessageUrl::longest)
    return Answer::bad("A URL is too long");
  if (appending.stream == Kind::utf8_text && charset() != wire::imap::Charset::utf8)
    return Answer::bad("ENABLE UTF8=ACCEPT comes first");
  if (appending.stream == Kind::message && offer.octets == 0)
    return Answer::no("CANNOT", "The message is empty");
  return too_large(appending, appending.stream == Kind::url ? 0 : offer.octets);
}

/// Up to another message of the same command, or a part; nullopt: there is none.
asio::awaitable<std::optional<Framer::Stream>> Session::what_follows(Appending& appending) {
  // However long the message took, the line has its own time.
  begin_waiting();
  while (state_ != State::logout) {
    Framer::Event event = framer_.next_append();
    if (const auto* refused = std::get_if<Framer::Refused>(&event)) {
      bye("TOOBIG", refused->text);
    } else if (auto* complete = std::get_if<Framer::Complete>(&event)) {
      co_await take_more(appending, complete->command);
      co_return std::nullopt;
    } else if (auto* stream = std::get_if<Framer::Stream>(&event)) {
      co_await take_more(appending, stream->command);
      co_return std::move(*stream);
    } else {
      co_await read_more();
    }
  }
  co_return std::nullopt;
}

asio::awaitable<void> Session::take_more(Appending& appending,
                                         const wire::imap::RawCommand& command) {
  if (appending.refusal) co_return;
  const auto piece =
      wire::imap::parse_more_messages(command, appending.message.form, appending.stream, charset());
  if (!piece) {
    appending.refusal = Answer::bad(piece.error().text);
  } else {
    co_await take_piece(appending, *piece);
  }
}

/// The next octets of the message under way, a block at most.
asio::awaitable<std::string> Session::next_block(std::string block) {
  block.clear();
  block.reserve(std::min<std::uint64_t>(framer_.stream_left(), block_octets));
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

/// A stream that is refused is read and thrown away, so that what follows is found.
asio::awaitable<void> Session::take_stream(Appending& appending) {
  if (appending.refusal) {
    while (framer_.stream_left() != 0) co_await next_block({});
  } else if (appending.stream == command::AppendPiece::Stream::message) {
    const auto body = std::make_shared<store::IncomingBody>(account()->spool());
    auto last = co_await feed(appending, body);
    if (last) appending.came({body, std::move(last)});
  } else if (appending.stream != command::AppendPiece::Stream::url) {
    co_await take_part(appending);
    // It may have been refused before it was read.
    while (framer_.stream_left() != 0) co_await next_block({});
  } else {
    std::string url;
    while (framer_.stream_left() != 0) url += co_await next_block({});
    co_await take_url(appending, std::move(url));
  }
}

asio::awaitable<void> Session::take_part(Appending& appending) {
  if (!begin_part(appending)) co_return;
  const auto last = co_await feed(appending, appending.parts);
  if (!last) co_return;
  auto work = [parts = appending.parts, last] { parts->feed(*last); };
  const auto outcome = co_await access::compute(account(), std::move(work));
  if (!outcome) appending.refusal = failed(outcome.error());
}

/// Takes the stream, one block being read while the one before it is scanned and compressed; the
/// last one is left to the caller. nullptr: that failed; the rest was read all the same.
asio::awaitable<std::shared_ptr<const std::string>> Session::feed(
    Appending& appending, std::shared_ptr<store::IncomingBody> body) {
  std::optional<store::StoreFailure> failure;
  access::Ahead<store::Outcome<void>> fed(executor_);
  bool feeding = false;
  while (true) {
    auto block = std::make_shared<const std::string>(co_await next_block({}));
    if (std::exchange(feeding, false)) {
      const auto outcome = co_await fed.get();
      if (!outcome) failure = outcome.error();
    }
    if (framer_.stream_left() == 0) {
      if (!failure) co_return block;
      appending.refusal = failed(*failure);
      co_return nullptr;
    }
    if (failure) continue;
    account()->compute([body, block] { body->feed(*block); }, fed.done());
    feeding = true;
  }
}

/// The message that is whole, while the next one is read.
asio::awaitable<void> Session::make_ready(Appending& appending) {
  if (!appending.whole || appending.refusal) co_return;
  const access::Ahead<store::Outcome<Appending::BodyPtr>> finished(executor_);
  account()->compute(
      [whole = *std::exchange(appending.whole, std::nullopt)] { return whole.finish(); },
      finished.done());
  appending.coming.push_back(finished);
  co_await settle(appending, most_coming);
}

/// Waits until so many bodies at most are being made ready, of a command that is refused as well:
/// what a program has us do is done before its next command.
asio::awaitable<void> Session::settle(Appending& appending, std::size_t most) {
  const std::size_t behind = appending.whole ? 1 : 0;
  while (appending.coming.size() > most) {
    auto finished = co_await appending.coming.front().get();
    const std::size_t place = appending.messages.size() - behind - appending.coming.size();
    appending.coming.pop_front();
    if (finished) {
      appending.messages[place].body = std::move(*finished);
    } else if (!appending.refusal) {
      appending.refusal = failed(finished.error());
    }
  }
}

asio::awaitable<Answer> Session::end_append(Appending appending) {
  co_await settle(appending, 0);
  if (appending.refusal) co_return std::move(*appending.refusal);
  co_return co_await store_messages(appending);
}

/// A body that is still to be made ready goes on to the writer from the thread that does so.
asio::awaitable<Answer> Session::store_messages(Appending& appending) {
  using Stored = store::Outcome<store::Result<AppendedAll>>;
  const bool replaces = !appending.replaced.empty();
  auto start = [account = account(),
                all = std::make_shared<Appending>(std::move(appending))](auto done) {
    auto write = [account, all, done] {
      account->write(
          [all](store::Transaction& transaction) { return store_all(transaction, *all); }, done);
    };
    if (!all->whole) return write();
    account->compute([whole = *all->whole] { return whole.finish(); },
                     [all, write, done](store::Outcome<Appending::BodyPtr> made) {
                       if (!made) return done(Stored(std::unexpected(made.error())));
                       all->messages.back().body = std::move(*made);
                       write();
                     });
  };
  const auto outcome = co_await net::completion<Stored>(std::move(start));
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
