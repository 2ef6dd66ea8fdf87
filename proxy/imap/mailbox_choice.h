#pragma once

#include <optional>
#include <vector>

#include "sync/store/mailbox.h"
#include "sync/wire/imap/command.h"

namespace postern::imap {

/// The mailboxes that a search in several of them names, each once, in the order of the tree: RFC
/// 7377 section 2.2, RFC 5465 section 6. What is not there is passed over. `selected`: the one that
/// is, if there is one.
[[nodiscard]] std::vector<store::MailboxInfo> chosen_mailboxes(
    const std::vector<wire::imap::command::MailboxFilter>& filters, const store::MailboxTree& tree,
    std::optional<MailboxId> selected);

}  // namespace postern::imap
