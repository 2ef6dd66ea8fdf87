#pragma once

#include <cstdint>
#include <string>

#include "tests/bench/connection.h"

namespace postern::bench {

enum class Pop3Extent { list_only, with_messages };

struct Pop3Figures {
  double seconds = 0;  ///< from before the connection is made until QUIT is answered
  std::uint64_t messages = 0;
  std::uint64_t octets = 0;  ///< received
};

/// The least that a POP3 session can be: log in, STAT, then either UIDL, or every message in
/// pipelined RETRs (RFC 2449 section 6.6) and thrown away, and QUIT. What it takes is the server.
Pop3Figures pop3_session(const Login& login, Layer layer, Pop3Extent extent);

}  // namespace postern::bench
