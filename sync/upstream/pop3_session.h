#pragma once

#include <cstdint>
#include <functional>
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
#include "sync/upstream/message_sink.h"
#include "sync/upstream/pop3_connection.h"
#include "sync/wire/pop3/capabilities.h"
#include "sync/wire/pop3/listing.h"

namespace postern::upstream {

/// What a caller keeps between the sessions with one server; forgetting it costs a refused attempt
/// to log in, or a session.
struct Pop3Memory {
  LoginMemory login;
  enum class Sizes : std::uint8_t {
    believed,
    doubted,  ///< a message of another size than announced has ended a session
  };
  Sizes sizes = Sizes::believed;
  enum class Fetching : std::uint8_t {
    given,
    refused,  ///< the last messages asked for were: the next one is asked for alone
  };
  Fetching fetching = Fetching::given;
};

/// How to reach a POP3 server and how much to take from it.
struct Pop3Settings {
  net::Endpoint server;
  config::Tls tls = config::Tls::implicit;
  Plaintext plaintext = Plaintext::forbidden;
  const net::TlsClient* trust = nullptr;  ///< not needed for `none`; outlives the session
  std::uint64_t message_limit = 150ULL * 1024 * 1024;  ///< octets of one message
  Pop3Deadlines deadlines;
  config::Login login = config::Login::strongest;
  Pop3Memory* memory = nullptr;  ///< may be missing; outlives the session
};

/// One conversation with a POP3 server (RFC 1939, RFC 2449, RFC 2595, RFC 5034). Knows no store.
///
/// Order: open(), login(), listing(), then retrieve() and remove() as often as wanted, then quit().
/// Not calling quit() leaves the maildrop as it was: the server must not enter the UPDATE state
/// (RFC 1939 section 6).
///
/// Invariants:
/// - No octet of a user name or password goes out before TLS is up, unless the server is on this
///   machine or the operator said so; there is no way back to plaintext.
/// - What the server said before TLS is forgotten.
/// - Two commands are in flight only if the server offers PIPELINING.
/// - No message is taken for whole, or for another one, as far as sizes and order can tell.
///
/// A server's refusal is a value, a lost connection a net::Error. Network thread.
class Pop3Session {
 public:
  /// Connects, starts TLS, reads the greeting and asks for the capabilities.
  static asio::awaitable<Answer<Pop3Session>> open(Pop3Settings settings);

  /// In the wanted way, or the strongest that both sides have. APOP and CRAM-MD5 are no stand-in
  /// for TLS: who overhears them can try passwords at leisure.
  asio::awaitable<Answer<void>> login(std::string user, Credential credential);

  /// STAT, LIST and UIDL. A server that refuses UIDL for good gives a listing without ids. Where
  /// commands may go ahead of their answers, what the server can do after the login is asked along
  /// with them, and capabilities() says it from then on.
  asio::awaitable<Answer<wire::pop3::Listing>> listing();
  /// nullopt if STAT and UIDL say what they said for `last`; LIST is not asked for then.
  asio::awaitable<Answer<std::optional<wire::pop3::Listing>>> listing_unless(
      wire::pop3::ListingPrint last);

  struct Wanted {
    std::uint32_t number = 0;
    bool alone = false;        ///< with nothing else in flight
    std::uint64_t octets = 0;  ///< as announced
  };
  enum class Retrieved : std::uint8_t { all, cut_short, refused };
  /// Fetches messages into the sink, in order. Is `cut_short` when the sink is broken or the time
  /// for fetching has passed, `refused` when the server refused all of them, or five in a row:
  /// then no further one is asked for, and last_refusal() tells why. A refusal of one message goes
  /// to the sink; one that ends the conversation is returned. Both name the message.
  ///
  /// A server that leaves out a terminator, or sends one too many, moves the answers against the
  /// commands, and a message would be taken for another. So a message ends only when its size is
  /// the announced one, or when the answer to the next command shows that the server is in step.
  /// With several commands in flight nothing shows that: `doubtful`. From then on the first message
  /// of a session is fetched alone, to see whether this server's sizes are right.
  asio::awaitable<Answer<Retrieved>> retrieve(std::span<const Wanted> wanted, MessageSink& sink);

  /// Of a message that retrieve() was refused; `other` without words if there was none.
  [[nodiscard]] const Refused& last_refusal() const { return last_refusal_; }

  /// `octets` are those of a header, as far as they are of interest; good during the call.
  using OnHeader = std::function<void(std::size_t index, std::string_view octets)>;
  /// Shows the headers of messages (RFC 1939 section 7, TOP), in order; those that the server
  /// refuses are passed over, and all of them once it refuses the first. Returns how many came.
  /// Use them only after this returned without an error: an answer too many, or one too few, shows
  /// at the end.
  asio::awaitable<Answer<std::size_t>> headers(std::span<const std::uint32_t> numbers,
                                               OnHeader on_header);

  /// Marks messages for deletion; quit() makes it so. Returns how many the server accepted.
  asio::awaitable<Answer<std::size_t>> remove(std::span<const std::uint32_t> numbers);

  asio::awaitable<Answer<void>> noop();
  /// Waits for `work`, which has nothing to do with this session, and keeps the server from hanging
  /// up meanwhile. Throws what `work` throws, and net::Error if the server went away.
  asio::awaitable<void> while_busy(asio::awaitable<void> work);
  /// Ends the conversation in order.
  asio::awaitable<Answer<void>> quit();

  [[nodiscard]] const wire::pop3::Capabilities& capabilities() const { return capabilities_; }

 private:
  Pop3Session(net::Stream stream, Pop3Settings settings);

  asio::awaitable<Answer<void>> greet();
  asio::awaitable<Answer<void>> start_tls();
  asio::awaitable<Answer<void>> ask_capabilities();
  asio::awaitable<Answer<void>> read_capabilities();
  asio::awaitable<void> introduce();
  class Enquiry;
  class Retrieval;
  struct Heartbeat;
  asio::awaitable<void> beat(Heartbeat& heartbeat);
  [[nodiscard]] bool pipelining() const;
  /// A refusal unless the answers are in step with the commands. Nothing else is in flight.
  asio::awaitable<Answer<void>> confirm_step();

  Pop3Settings settings_;
  Pop3Connection connection_;
  wire::pop3::Capabilities capabilities_;
  std::string greeting_;
  Refused last_refusal_;
  bool ask_with_listing_ = false;  ///< for the capabilities after the login
};

}  // namespace postern::upstream
