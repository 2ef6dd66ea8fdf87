#pragma once

#include <string>

#include <asio/awaitable.hpp>

#include "sync/net/dial.h"
#include "sync/upstream/pop3_connection.h"
#include "sync/upstream/pop3_credential.h"
#include "sync/upstream/pop3_methods.h"
#include "sync/wire/pop3/capabilities.h"

namespace postern::upstream {

struct LoginRequest {
  const wire::pop3::Capabilities& capabilities;  ///< of this moment
  std::string greeting;
  net::Endpoint server;
  std::string user;
  Credential credential;
  config::Login wanted = config::Login::strongest;
  LoginMemory& memory;
};

/// Logs in: tries the methods of login_methods() until one is accepted or one refusal means the
/// credentials. Returns the one that was. The caller has made sure that the credentials may go out
/// on this connection.
asio::awaitable<Answer<config::Login>> pop3_login(Pop3Connection& connection, LoginRequest request);

}  // namespace postern::upstream
