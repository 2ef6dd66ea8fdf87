#include "proxy/imap/appending.h"

#include <utility>

#include "sync/base/clock.h"

namespace postern::imap {

void Appending::came(Whole message_octets) {
  octets += message_octets.body->octets() + message_octets.last->size();
  const InternalDate now{wall_now().time_since_epoch().count(), 0};
  messages.push_back(
      {nullptr, {message.flags.system, message.flags.keywords}, message.date.value_or(now)});
  whole = std::move(message_octets);
}

store::Result<AppendedAll> store_all(store::Transaction& transaction, const Appending& appending) {
  AppendedAll all;
  const bool replaces = !appending.replaced.empty();
  for (const Appending::Message& message : appending.messages) {
    // What replaces a message is another one, however like it is to one that was sent.
    const auto stored =
        replaces ? transaction.append(appending.mailbox, *message.body, message.flags, message.date)
                 : transaction.append_by_client(appending.mailbox, *message.body, message.flags,
                                                message.date);
    if (!stored) return std::unexpected(stored.error());
    all.uid_validity = stored->uid_validity;
    all.uids.push_back(stored->uid.value);
  }
  if (!replaces) return all;
  const auto marked =
      transaction.store_flags(appending.from, appending.replaced, store::FlagChange::add,
                              {static_cast<std::uint8_t>(SystemFlag::deleted), {}});
  if (!marked) return std::unexpected(marked.error());
  const auto gone = transaction.expunge(appending.from, appending.replaced);
  if (!gone) return std::unexpected(gone.error());
  if (gone->empty()) return std::unexpected(store::Refusal::expunged);
  return all;
}

}  // namespace postern::imap
