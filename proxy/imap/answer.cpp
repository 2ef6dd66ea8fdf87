#include "proxy/imap/answer.h"

#include "sync/base/log.h"

namespace postern::imap {

Answer Answer::refused(store::Refusal refusal) {
  switch (refusal) {
    case store::Refusal::nonexistent: return no("NONEXISTENT", "There is no such mailbox");
    case store::Refusal::already_exists: return no("ALREADYEXISTS", "The mailbox exists already");
    case store::Refusal::cannot: return no("CANNOT", "That cannot be done with this mailbox");
    case store::Refusal::in_use: return no("INUSE", "The mailbox is in use");
    case store::Refusal::has_children:
      return no("HASCHILDREN", "The mailbox has mailboxes below it");
    case store::Refusal::try_create: return no("TRYCREATE", "There is no such mailbox");
    case store::Refusal::limit: return no("LIMIT", "There are too many already");
    case store::Refusal::uid_exhausted: return no("LIMIT", "The mailbox has no UIDs left");
    case store::Refusal::expunged: return no("EXPUNGEISSUED", "Some of the messages are gone");
  }
  return no("SERVERBUG", "Refused");
}

Answer Answer::failed(const store::StoreFailure& failure, const std::string& account) {
  log::error("imap", "{}: the store failed: {}", account, failure.what());
  switch (failure.kind()) {
    case store::FailureKind::disk_full: return no("OVERQUOTA", "The disk of the server is full");
    case store::FailureKind::read_only:
      return no("UNAVAILABLE", "The mail store is read-only at the moment");
    case store::FailureKind::corrupt:
      return no("CORRUPTION", "Stored mail is damaged; the log of the server says more");
    case store::FailureKind::io:
    case store::FailureKind::locked:
    case store::FailureKind::newer:
    case store::FailureKind::closed:
      return no("UNAVAILABLE", "The mail store is not available at the moment");
    case store::FailureKind::bug: break;
  }
  return no("SERVERBUG", "Internal error; the log of the server says more");
}

}  // namespace postern::imap
