#pragma once

#include <asio/any_io_executor.hpp>

#include "proxy/access/signal.h"
#include "proxy/imap/session.h"
#include "sync/store/mailbox.h"

namespace postern::imap {

/// An IDLE under way (RFC 2177): the conversation reads, a second task tells what changes.
struct Session::Idling {
  explicit Idling(const asio::any_io_executor& executor) : wake(executor), ended(executor) {}

  access::Signal wake;               ///< something changed, or it is over
  access::Signal ended;              ///< the second task is done
  bool over = false;                 ///< the client said DONE, or is gone
  store::Subscription subscription;  ///< of the selected mailbox
  store::Subscription account;       ///< where the program hears of other things, too
};

}  // namespace postern::imap
