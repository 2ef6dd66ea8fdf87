#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <asio/awaitable.hpp>

#include "sync/base/secret.h"
#include "sync/net/stream.h"
#include "sync/upstream/imap_offer.h"
#include "sync/upstream/refused.h"
#include "sync/upstream/secret_echo.h"
#include "sync/wire/line_framer.h"

namespace postern::upstream {

/// The octets of an IMAP conversation up to the login, as commands and answers (RFC 9051 section
/// 2.2), with a deadline for each answer. Data of a mailbox, which is nobody's there, answers to
/// nothing and what is no IMAP are `protocol` refusals in our words, and end it; so does a greeting
/// of a server that is logged in already. A lost connection is thrown as net::Error. Network
/// thread.
class ImapConnection {
 public:
  ImapConnection(net::Stream stream, net::Stream::Duration answer);

  /// The server's first line.
  asio::awaitable<Answer<void>> greeting();
  /// CAPABILITY. Nothing is known of a server that refuses it.
  asio::awaitable<Answer<ImapOffer>> ask_offer();

  /// A command, with a tag in front and CRLF behind it.
  asio::awaitable<void> send(std::string command);
  /// The same for the command with the space behind it and the secret. Words of refusals that
  /// repeat the secret are not told from then on.
  asio::awaitable<void> send_secret(std::string command, Secret secret);
  /// A line within the command under way.
  asio::awaitable<void> send_response(Secret line);
  /// Calls the exchange under way off (RFC 9051 section 6.2.2).
  asio::awaitable<void> cancel_exchange();
  /// The same for a secret that only goes out in disguise.
  void conceal(Secret secret) { echo_.sent(std::move(secret)); }

  struct Reply {
    enum class Kind : std::uint8_t { ok, challenge, refused } kind = Kind::ok;
    std::string challenge;  ///< behind the "+ "
    Refused why;            ///< of `refused` (RFC 5530)
  };
  /// To the command under way.
  asio::awaitable<Answer<Reply>> reply(const char* during);

  /// RFC 9051 section 6.2.1: nothing may stand behind the answer to STARTTLS.
  [[nodiscard]] bool holds_octets() const { return !rest_.empty(); }
  /// What came and was not looked at, for who goes on with the stream; good as long as this.
  [[nodiscard]] std::string_view unread() const { return rest_; }
  net::Stream& stream() { return stream_; }
  [[nodiscard]] const net::Stream& stream() const { return stream_; }

 private:
  using Time = std::chrono::steady_clock::time_point;

  asio::awaitable<Answer<std::string>> line(const char* during, Time until);
  [[nodiscard]] std::string tagged(std::string command);

  net::Stream stream_;
  net::Stream::Duration answer_;
  std::vector<char> buffer_;
  std::string_view rest_;  ///< of buffer_, not looked at yet
  wire::LineFramer framer_;
  std::string tag_;
  int number_ = 0;
  std::vector<std::string> capabilities_;  ///< as told last
  SecretEcho echo_;
};

}  // namespace postern::upstream
