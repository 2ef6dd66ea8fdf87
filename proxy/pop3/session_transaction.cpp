#include <algorithm>
#include <utility>

#include "proxy/access/store_access.h"
#include "proxy/pop3/session.h"
#include "proxy/pop3/top_filter.h"
#include "sync/base/log.h"
#include "sync/net/error.h"
#include "sync/wire/byte_stuffing.h"

namespace postern::pop3 {

namespace {

constexpr std::uint32_t piece_octets = 256 * 1024;

/// A piece of a body, and where its header ends.
struct Piece {
  std::string octets;
  std::uint64_t header_octets = 0;
};

asio::awaitable<store::Outcome<Piece>> read_piece(std::shared_ptr<store::Account> account,
                                                  BodyId body, std::uint64_t offset) {
  auto work = [body, offset](store::Reader& reader) {
    Piece piece;
    if (offset == 0) piece.header_octets = reader.ready(body).header_octets;
    reader.read_body(body, offset, piece_octets, piece.octets);
    return piece;
  };
  co_return co_await access::read(std::move(account), std::move(work));
}

/// An answer that was begun cannot be completed: only the end of the connection tells the client.
[[noreturn]] void give_up(const store::StoreFailure& failure) {
  log::error("pop3", "a message cannot be read: {}", failure.what());
  throw net::Error(net::ErrorKind::io, "a message cannot be read");
}

}  // namespace

asio::awaitable<Session::Next> Session::transaction(const Command& command) {
  using wire::pop3::Verb;
  switch (command.verb) {
    case Verb::stat:
      ok(std::to_string(maildrop_->count()) + " " + std::to_string(maildrop_->octets()));
      break;
    case Verb::list: co_await list(command); break;
    case Verb::uidl: co_await uidl(command); break;
    case Verb::retr:
      if (message(command) != nullptr) co_await retr(*command.message);
      break;
    case Verb::top:
      if (message(command) != nullptr) co_await top(*command.message, command.lines);
      break;
    case Verb::dele:
      if (rights_ == store::DeviceRights::read_only) {
        err("this device may only read");
      } else if (message(command) != nullptr) {
        maildrop_->remove(*command.message);
        ok("marked");
      }
      break;
    case Verb::rset:
      maildrop_->restore();
      ok("nothing is marked");
      break;
    case Verb::noop: ok("still here"); break;
    default: co_return bad("this is not for a session that is logged in");
  }
  bad_commands_ = 0;
  co_return Next::go_on;
}

/// The message a command names; without one it is refused.
const store::Entry* Session::message(const Command& command) {
  const store::Entry* entry = maildrop_->find(*command.message);
  if (entry == nullptr) err("no such message");
  return entry;
}

asio::awaitable<void> Session::list(const Command& command) {
  if (command.message) {
    if (const auto* entry = message(command); entry != nullptr)
      ok(std::to_string(*command.message) + " " + std::to_string(entry->octets));
    co_return;
  }
  ok(std::to_string(maildrop_->count()) + " messages");
  for (std::uint32_t number = 1; number <= maildrop_->last(); ++number) {
    const auto* entry = maildrop_->find(number);
    if (entry == nullptr) continue;
    out_ += std::to_string(number) + " " + std::to_string(entry->octets) + "\r\n";
    co_await flush_if_large();
  }
  out_ += ".\r\n";
}

asio::awaitable<void> Session::uidl(const Command& command) {
  if (command.message) {
    if (const auto* entry = message(command); entry != nullptr)
      ok(std::to_string(*command.message) + " " + maildrop_->uidl(*entry));
    co_return;
  }
  ok(std::to_string(maildrop_->count()) + " messages");
  for (std::uint32_t number = 1; number <= maildrop_->last(); ++number) {
    const auto* entry = maildrop_->find(number);
    if (entry == nullptr) continue;
    out_ += std::to_string(number) + " " + maildrop_->uidl(*entry) + "\r\n";
    co_await flush_if_large();
  }
  out_ += ".\r\n";
}

asio::awaitable<void> Session::retr(std::uint32_t number) {
  const store::Entry& entry = *maildrop_->find(number);
  if (entry.octets > ReadAhead::small_octets) {
    co_await send_in_pieces(entry);
    co_return;
  }
  const auto answer = co_await ahead_->answer(maildrop_->seq(number));
  if (!answer) {
    log::error("pop3", "a message cannot be read: {}", answer.error().what());
    err("[SYS/TEMP] the message cannot be read now");
    co_return;
  }
  out_ += *answer;
}

asio::awaitable<void> Session::send_in_pieces(const store::Entry& entry) {
  wire::ByteStuffer stuffer;
  out_ += retrieve_line(entry.octets);
  for (std::uint64_t offset = 0; offset < entry.octets;) {
    const auto piece = co_await read_piece(store_, entry.body, offset);
    if (!piece) give_up(piece.error());
    if (piece->octets.empty()) break;
    stuffer.append(piece->octets, out_);
    offset += piece->octets.size();
    co_await flush_if_large();
  }
  stuffer.finish(out_);
}

asio::awaitable<void> Session::top(std::uint32_t number, std::uint64_t lines) {
  const store::Entry& entry = *maildrop_->find(number);
  auto piece = co_await read_piece(store_, entry.body, 0);
  if (!piece) {
    log::error("pop3", "a message cannot be read: {}", piece.error().what());
    err("[SYS/TEMP] the message cannot be read now");
    co_return;
  }
  ok("top of it");
  TopFilter filter(piece->header_octets, lines);
  wire::ByteStuffer stuffer;
  std::uint64_t offset = 0;
  while (true) {
    stuffer.append(filter.take(piece->octets), out_);
    offset += piece->octets.size();
    co_await flush_if_large();
    if (filter.done() || piece->octets.empty() || offset >= entry.octets) break;
    piece = co_await read_piece(store_, entry.body, offset);
    if (!piece) give_up(piece.error());
  }
  stuffer.finish(out_);
}

/// What a device deletes may be there for all others still.
bool Session::hides() const {
  return !device_.empty() && surroundings_.limits.device_deletes == Limits::DeviceDeletes::hide;
}

/// RFC 1939 section 6: what was marked goes, in one transaction.
asio::awaitable<void> Session::update() {
  UidSet marked = maildrop_->marked();
  bool removed = true;
  if (!marked.empty()) {
    const std::optional<DeviceId> hidden_from = hides() ? std::optional(device_id_) : std::nullopt;
    auto work = [mailbox = maildrop_->mailbox(), marked = std::move(marked),
                 hidden_from](store::Transaction& transaction) -> store::Result<UidSet> {
      if (hidden_from) {
        transaction.hide(*hidden_from, mailbox, marked);
        return marked;
      }
      store::FlagNames deleted;
      deleted.system = static_cast<std::uint8_t>(SystemFlag::deleted);
      const auto flagged =
          transaction.store_flags(mailbox, marked, store::FlagChange::add, deleted);
      if (!flagged) return std::unexpected(flagged.error());
      return transaction.expunge(mailbox, marked);
    };
    const auto outcome = co_await access::write(store_, std::move(work));
    removed = outcome && *outcome;
    if (!outcome) log::error("pop3", "messages cannot be removed: {}", outcome.error().what());
  }
  release();
  if (removed) {
    ok("bye");
  } else {
    err("[SYS/TEMP] the marked messages are not removed");
  }
}

}  // namespace postern::pop3
