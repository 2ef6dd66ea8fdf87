#pragma once

#include <string>
#include <vector>

#include <asio/awaitable.hpp>

#include "sync/net/certificate_facts.h"
#include "sync/net/dial.h"

namespace postern::net {

/// The certificates that a server shows, its own first, trusted or not: a connection of its own,
/// which is ended after the handshake. `opening` are the commands, without CRLF, to a server that
/// begins without TLS: its greeting and the reply to each are waited for, to their last line where
/// a reply of SMTP has several (RFC 5321 section 4.2.1). Nothing else goes out. Empty when no
/// handshake came about. Error(resolve), Error(connect), Error(timeout), Error(io). Network thread.
asio::awaitable<std::vector<CertificateFacts>> probe_certificates(Endpoint server,
                                                                  std::vector<std::string> opening,
                                                                  Stream::Duration within);

}  // namespace postern::net
