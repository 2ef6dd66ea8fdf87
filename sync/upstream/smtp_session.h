#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <asio/awaitable.hpp>

#include "config/config.h"
#include "sync/net/dial.h"
#include "sync/net/tls.h"
#include "sync/upstream/credential.h"
#include "sync/upstream/login.h"
#include "sync/upstream/smtp_connection.h"
#include "sync/wire/byte_stuffing.h"
#include "sync/wire/smtp/envelope.h"
#include "sync/wire/smtp/extensions.h"

namespace postern::upstream {

/// How to reach a submission server.
struct SmtpSettings {
  net::Endpoint server;
  config::Tls tls = config::Tls::implicit;
  Plaintext plaintext = Plaintext::forbidden;
  const net::TlsClient* trust = nullptr;  ///< not needed for `none`; outlives open()
  SmtpDeadlines deadlines;
  config::Login login = config::Login::strongest;
  LoginMemory* memory = nullptr;  ///< may be missing; outlives the session
};

/// One conversation with a submission server (RFC 5321, RFC 6409, RFC 3207, RFC 4954).
///
/// Order: open(), login(), then for each message envelope() or mail() and rcpt(), begin_data(),
/// feed() any number of times, finish(); at last quit().
///
/// Invariants:
/// - No octet of a user name or password goes out before TLS is up, unless the server is on this
///   machine or the operator said so; there is no way back to plaintext.
/// - What the server said before TLS is forgotten; what it offers behind the login is what counts.
/// - Two commands are in flight only if the server offers PIPELINING.
/// - A parameter goes out only if the server offers its extension.
/// - A message ends only by finish(): whatever else happens, the server has not got it.
/// - A reply of a class that its command cannot have is a `protocol` refusal: the replies may be
///   out of step, and nothing that follows means what it seems to.
///
/// A reply is a value; what ends the conversation is a Refused or a net::Error. Network thread.
class SmtpSession {
 public:
  using Reply = wire::smtp::Reply;

  /// Connects, starts TLS, and asks what the server offers.
  static asio::awaitable<Answer<SmtpSession>> open(SmtpSettings settings);
  asio::awaitable<Answer<void>> login(std::string user, Credential credential);

  [[nodiscard]] const wire::smtp::Extensions& extensions() const { return extensions_; }

  /// Starts a transaction. `octets` are told if the server wants to know.
  asio::awaitable<Answer<Reply>> mail(wire::smtp::Sender sender,
                                      std::optional<std::uint64_t> octets);
  asio::awaitable<Answer<Reply>> rcpt(wire::smtp::Recipient recipient);
  /// The same for all: the reply to MAIL, then, if that was positive, one for each recipient. What
  /// was replied before the conversation ended is in `replies`, too.
  asio::awaitable<Answer<void>> envelope(wire::smtp::Sender sender,
                                         std::span<const wire::smtp::Recipient> recipients,
                                         std::optional<std::uint64_t> octets,
                                         std::vector<Reply>& replies);

  enum class Transfer : std::uint8_t {
    data,   ///< lines that end with CRLF
    chunks  ///< BDAT (RFC 3030): any octets; only where CHUNKING is offered
  };
  /// The server's word whether the message may come: intermediate if so. With chunks it is not
  /// asked.
  asio::awaitable<Answer<Reply>> begin_data(Transfer transfer);
  /// Octets of the message. With chunks the reply to each is waited for: a refusal of one is
  /// returned by finish().
  asio::awaitable<void> feed(std::string_view octets);
  /// Ends the message: from here on the server may have it.
  asio::awaitable<Answer<Reply>> finish();

  /// Forgets a transaction that was begun and got no data. A server that does not answer soon is
  /// taken for lost.
  asio::awaitable<Answer<Reply>> reset();
  /// Ends the conversation in order, as far as the server takes part in it; never throws.
  asio::awaitable<void> quit();

 private:
  SmtpSession(net::Stream stream, SmtpSettings settings);

  asio::awaitable<Answer<void>> greet();
  asio::awaitable<Answer<void>> start_tls();
  asio::awaitable<Answer<Reply>> command(std::string line, const char* during);
  /// Of commands that a server carries out or refuses, and nothing between.
  asio::awaitable<Answer<Reply>> carried_out(const char* during);
  [[nodiscard]] std::optional<Reply> cannot_take(const std::string& address) const;
  asio::awaitable<Answer<void>> rcpt_all(std::span<const wire::smtp::Recipient> recipients,
                                         std::vector<Reply>& replies);
  [[nodiscard]] std::string mail_command(const wire::smtp::Sender& sender,
                                         std::optional<std::uint64_t> octets) const;
  [[nodiscard]] std::string rcpt_command(const wire::smtp::Recipient& recipient) const;

  SmtpSettings settings_;
  SmtpConnection connection_;
  wire::smtp::Extensions extensions_;
  Transfer transfer_ = Transfer::data;
  wire::ByteStuffer stuffer_;
  std::string block_;
  std::optional<Answer<Reply>> chunk_refused_;
};

}  // namespace postern::upstream
