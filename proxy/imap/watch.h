#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "proxy/access/signal.h"
#include "proxy/imap/notify_filter.h"
#include "proxy/imap/session.h"
#include "sync/store/mailbox.h"
#include "sync/store/recent_changes.h"

namespace postern::imap {

/// A NOTIFY in effect (RFC 5465): how far the program was told, and the task that tells it between
/// commands. What is to be told is found by comparing, so nothing heaps up for a slow program but
/// the names of mailboxes that changed.
///
/// Whoever writes to the program is either the conversation, or, while that waits for a command,
/// the task: the conversation goes on only after the task has ended.
struct Session::Watch {
  Watch(NotifyFilter wanted, const asio::any_io_executor& executor)
      : filter(std::move(wanted)), pushed(executor) {}

  NotifyFilter filter;
  std::shared_ptr<const store::MailboxTree> tree;  ///< if names are of interest
  store::RecentChanges::Mark mark = 0;
  std::map<MailboxId, unsigned> due;  ///< of `store::MessagesChanged`, as far as wanted
  bool put_off = false;               ///< what is due could not be looked at: with the next news
  bool pushing = false;               ///< the task runs
  bool again = false;                 ///< something happened since it looked
  access::Signal pushed;              ///< it ended
  store::Subscription subscription;
};

}  // namespace postern::imap
