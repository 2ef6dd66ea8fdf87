#pragma once

#include <asio/awaitable.hpp>

#include "sync/upstream/pop3_connection.h"
#include "sync/upstream/pop3_methods.h"
#include "sync/wire/sasl/client.h"

namespace postern::upstream {

struct SaslExchange {
  wire::sasl::Mechanism mechanism = wire::sasl::Mechanism::plain;
  wire::sasl::Credentials credentials;
  wire::sasl::Context context;
  /// Where the client's first message goes. On a line of its own the answer to the bare command
  /// tells a mechanism that the server does not have from credentials that it does not like; and
  /// the oldest servers know no other form.
  enum class Initial : std::uint8_t {
    with_the_command,
    on_its_own_line
  } initial = Initial::on_its_own_line;
};

/// One AUTH command (RFC 5034 section 4). A first message that does not fit the 255 octets of a
/// command line goes on a line of its own. A server that did not prove what its mechanism makes it
/// prove is a `protocol` refusal: the conversation is over, and no weaker mechanism is tried.
///
/// A token also goes with the command if the server refuses the bare one without a reason: some
/// know only that form.
///
/// `attempt` tells also of an exchange that ended with an exception whether the credentials were
/// given.
asio::awaitable<void> pop3_sasl(Pop3Connection& connection, SaslExchange exchange,
                                LoginAttempt& attempt);

}  // namespace postern::upstream
