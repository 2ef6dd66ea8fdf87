#pragma once

#include "proxy/access/server.h"
#include "proxy/submission/session.h"

namespace postern::submission {

/// The submission server (RFC 6409): any number of listeners, one session for each connection.
///
/// Invariants of this folder:
/// - Nothing is taken from somebody who has not logged in.
/// - A message ends where RFC 5321 section 4.5.2 says so, or at the octet that BDAT counted; what
///   else looks like an end makes the message refused.
/// - A positive answer to a message is one of the engine's: it is sent, or on disk.
/// - A session's memory is bounded: one command, the answers being written, one block of a message.
using Server = access::FaceServer<Session, Surroundings>;

}  // namespace postern::submission
