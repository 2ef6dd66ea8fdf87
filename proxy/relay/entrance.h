#pragma once

#include <memory>
#include <string>

#include <asio/awaitable.hpp>

#include "proxy/relay/limits.h"
#include "proxy/relay/opening.h"
#include "proxy/relay/route.h"
#include "sync/upstream/login.h"
#include "sync/wire/smtp/reply.h"

namespace postern::relay {

/// A server that has said what it offers, and waits for the relay to log in. Network thread.
class Entrance {
 public:
  Entrance() = default;
  Entrance(const Entrance&) = delete;
  virtual ~Entrance() = default;

  /// In the strongest way that both sides have, or with a token (XOAUTH2, OAUTHBEARER). Once. A
  /// refusal is a value, without the credential if the server repeated it; a lost conversation is
  /// net::Error.
  virtual asio::awaitable<upstream::Answer<config::Login>> log_in(
      upstream::LoginRequest request) = 0;

  struct Left {
    net::Stream stream;
    std::string rest;  ///< what the server sent behind its last answer, for the program
  };
  /// After the login.
  virtual Left leave() = 0;

  /// What SMTP says to EHLO; of the others nothing.
  [[nodiscard]] virtual const wire::smtp::Reply* hello() const { return nullptr; }
};

/// Connects as open_upstream(), reads the greeting, and asks what the server offers. Throws NoWayIn
/// and net::Error.
asio::awaitable<upstream::Answer<std::unique_ptr<Entrance>>> enter(Route route, Limits limits);

}  // namespace postern::relay
