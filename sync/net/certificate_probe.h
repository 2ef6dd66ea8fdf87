#pragma once

#include <string>
#include <vector>

#include <asio/awaitable.hpp>

#include "sync/net/certificate_facts.h"
#include "sync/net/dial.h"

namespace postern::net {

/// The certificates that a server shows, its own first, trusted or not: a connection of its own,
/// which is ended after the handshake. `opening` is for a server that begins without TLS: its first
/// line is waited for, `opening` is sent, one more line is waited for. Nothing else goes out. Empty
/// when no handshake came about. Error(resolve), Error(connect), Error(timeout), Error(io). Network
/// thread.
asio::awaitable<std::vector<CertificateFacts>> probe_certificates(Endpoint server,
                                                                  std::string opening,
                                                                  Stream::Duration within);

}  // namespace postern::net
