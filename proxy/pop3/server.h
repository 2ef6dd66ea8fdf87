#pragma once

#include "proxy/access/server.h"
#include "proxy/pop3/session.h"

namespace postern::pop3 {

/// The POP3 server on the INBOX of each account: any number of listeners, one session for each
/// connection.
///
/// Invariants of this folder:
/// - A session sees one snapshot from login to the end; one session at a time has an account's
///   maildrop open.
/// - Messages go only by QUIT, in one transaction, and exactly the ones that were marked.
/// - A session's memory is bounded: one command, the answers being written and two batches of
///   messages read ahead.
/// - Nothing of a message is read on the network thread.
using Server = access::FaceServer<Session, Surroundings>;

}  // namespace postern::pop3
