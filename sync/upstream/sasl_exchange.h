#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <asio/awaitable.hpp>

#include "sync/base/secret.h"
#include "sync/upstream/login_methods.h"
#include "sync/upstream/refused.h"
#include "sync/wire/sasl/client.h"

namespace postern::upstream {

/// How a protocol carries a SASL exchange (RFC 4422 section 4): a command that names the mechanism,
/// then challenges and responses in base64, each a line. Lives as long as the exchange.
class SaslChannel {
 public:
  struct Reply {
    enum class Kind : std::uint8_t { accepted, challenge, refused } kind = Kind::accepted;
    std::string challenge;  ///< base64
    Refused why;            ///< of `refused`
  };

  virtual ~SaslChannel() = default;
  /// The most octets that a command may have, its line end included.
  [[nodiscard]] virtual std::size_t longest_command() const = 0;
  /// "AUTH PLAIN" without a line end. An error is an answer that makes no sense.
  virtual asio::awaitable<Answer<Reply>> command(std::string line) = 0;
  /// `prefix`, then the octets, as one line: a response, or a command with the first one.
  virtual asio::awaitable<Answer<Reply>> respond(std::string prefix, Secret base64) = 0;
};

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
  std::string verb = "AUTH";  ///< AUTHENTICATE in IMAP
};

/// One exchange. A first message that does not fit the command's line goes on a line of its own. A
/// server that did not prove what its mechanism makes it prove is a `protocol` refusal: the
/// conversation is over, and no weaker mechanism is tried.
///
/// A token also goes with the command if the server refuses the bare one without a reason: some
/// know only that form.
///
/// `attempt` tells also of an exchange that ended with an exception whether the credentials were
/// given. Network thread.
asio::awaitable<void> sasl_exchange(SaslChannel& channel, SaslExchange exchange,
                                    LoginAttempt& attempt);

}  // namespace postern::upstream
