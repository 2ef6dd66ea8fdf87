#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <asio/awaitable.hpp>

#include "sync/base/ids.h"
#include "sync/store/account.h"

namespace postern::engine::outgoing {

/// The messages that one is about, where they are now.
struct Originals {
  std::vector<std::pair<MailboxId, Uid>> answered;
  std::vector<std::pair<MailboxId, Uid>> forwarded;
};
/// As the header of a message says. Throws StoreFailure. Network thread.
[[nodiscard]] asio::awaitable<Originals> find_originals(std::shared_ptr<store::Account> account,
                                                        std::string header);
/// \Answered and $Forwarded, within the write that files the answer. Messages that are gone by then
/// are passed over.
void mark(store::Transaction& transaction, const Originals& originals);

}  // namespace postern::engine::outgoing
