#include "sync/engine/outgoing/originals.h"

#include <cstdint>

#include "sync/engine/store_work.h"
#include "sync/wire/smtp/submitted_header.h"

namespace postern::engine::outgoing {

namespace {

void mark_all(store::Transaction& transaction,
              const std::vector<std::pair<MailboxId, Uid>>& messages,
              const store::FlagNames& flags) {
  for (const auto& [mailbox, uid] : messages) {
    UidSet uids;
    uids.add(uid);
    // A mailbox that is gone refuses, and there is nothing to mark then.
    (void)transaction.store_flags(mailbox, uids, store::FlagChange::add, flags);
  }
}

}  // namespace

asio::awaitable<Originals> find_originals(std::shared_ptr<store::Account> account,
                                          std::string header) {
  wire::smtp::Refers refers = wire::smtp::refers_to(header);
  if (refers.answered.empty() && refers.forwarded.empty()) co_return Originals{};
  auto work = [refers = std::move(refers)](store::Reader& reader) {
    Originals out;
    if (!refers.answered.empty()) out.answered = reader.find_by_message_id(refers.answered);
    if (!refers.forwarded.empty()) out.forwarded = reader.find_by_message_id(refers.forwarded);
    return out;
  };
  co_return co_await engine::read(*account, std::move(work));
}

void mark(store::Transaction& transaction, const Originals& originals) {
  mark_all(transaction, originals.answered, {static_cast<std::uint8_t>(SystemFlag::answered), {}});
  mark_all(transaction, originals.forwarded, {0, {"$Forwarded"}});
}

}  // namespace postern::engine::outgoing
