#pragma once

#include "proxy/access/server.h"
#include "proxy/imap/session.h"

namespace postern::imap {

/// The IMAP server: any number of listeners, one session for each connection.
///
/// Invariants of this folder:
/// - An answer is sent after the commit of what it answers, and changes of others are told from
///   committed snapshots, in commit order.
/// - Sequence numbers live in a session's own view; nothing else ever holds one.
/// - EXPUNGE is told only where RFC 3501 section 7.4.1 allows it: rules.h says where.
/// - A session's memory is bounded: one command, one batch being written and two being prepared.
/// - Nothing of a message is read on the network thread.
using Server = access::FaceServer<Session, Surroundings>;

}  // namespace postern::imap
