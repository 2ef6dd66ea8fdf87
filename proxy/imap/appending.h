#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/access/store_access.h"
#include "proxy/imap/answer.h"
#include "sync/base/ids.h"
#include "sync/base/uid_set.h"
#include "sync/store/body.h"
#include "sync/store/transaction.h"
#include "sync/wire/imap/command.h"

namespace postern::imap {

/// An APPEND or REPLACE under way.
struct Appending {
  using BodyPtr = std::shared_ptr<store::NewBody>;
  struct Message {
    BodyPtr body;
    store::FlagNames flags;
    InternalDate date;
  };
  MailboxId mailbox;                                  ///< 0: there is none of that name
  wire::imap::command::NewMessage message;            ///< the one that comes
  wire::imap::command::AppendPiece::Stream stream{};  ///< what of it comes as one
  std::shared_ptr<store::IncomingBody> parts;         ///< of one that comes in parts, those so far
  std::size_t part_count = 0;                         ///< of these
  std::vector<Message> messages;                      ///< those that came
  /// The bodies of the last of these but for `whole`, being made ready.
  std::deque<access::Ahead<store::Outcome<BodyPtr>>> coming;
  /// The last of these, all of which is here, while nobody knows whether another one follows.
  struct Whole {
    std::shared_ptr<store::IncomingBody> body;
    std::shared_ptr<const std::string> last;  ///< octets that it was not fed
    [[nodiscard]] BodyPtr finish() const {
      return std::make_shared<store::NewBody>(body->finish(*last));
    }
  };
  std::optional<Whole> whole;
  std::uint64_t octets = 0;  ///< of these
  MailboxId from;
  UidSet replaced;  ///< of `from`: the one message of REPLACE
  std::optional<Answer> refusal;

  /// `message` begins.
  void begin(const wire::imap::command::NewMessage& next) {
    message = next;
    parts.reset();
    part_count = 0;
  }
  /// `message` came; none is `whole`.
  void came(Whole message_octets);
};

struct AppendedAll {
  UidValidity uid_validity;
  std::vector<std::uint32_t> uids;  ///< in the order of the messages
};

/// All the messages, and for REPLACE the old one goes (RFC 8508 section 3.1); Refusal::expunged: it
/// went already.
[[nodiscard]] store::Result<AppendedAll> store_all(store::Transaction& transaction,
                                                   const Appending& appending);

}  // namespace postern::imap
