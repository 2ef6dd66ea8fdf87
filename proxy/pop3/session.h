#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "proxy/access/directory.h"
#include "proxy/pop3/limits.h"
#include "proxy/pop3/maildrop.h"
#include "proxy/pop3/read_ahead.h"
#include "sync/base/clock.h"
#include "sync/net/stream.h"
#include "sync/wire/pop3/command.h"
#include "sync/wire/pop3/line_framer.h"

namespace postern::net {
class TlsServer;
}

namespace postern::pop3 {

/// What `postern status` tells of a session.
struct SessionFacts {
  std::string peer;     ///< "192.0.2.1:4711"
  std::string account;  ///< empty before login
  WallTime since;
  bool secure = false;
};

/// What sessions share. Outlives them.
struct Surroundings {
  access::Directory& directory;
  const net::TlsServer* tls = nullptr;  ///< without: no STLS
  Limits limits;
  std::set<std::string> locked;  ///< accounts whose maildrop a session holds
};

/// One connection of a mail program (RFC 1939, RFC 2449, RFC 2595, RFC 5034): a coroutine that
/// reads a command, does it and answers. Answers wait in `out_` until there is nothing left to
/// read, or until there are many, so that pipelined commands are answered together; nothing is read
/// while answers are being written. Network thread.
class Session {
 public:
  enum class Start : std::uint8_t { plaintext, tls };

  Session(asio::any_io_executor executor, net::Stream stream, Surroundings& surroundings,
          Start start);
  Session(const Session&) = delete;
  ~Session();

  /// The whole conversation; ends with the connection.
  asio::awaitable<void> run();
  /// Ends it at the next command boundary, which is now if no command is under way. Without QUIT
  /// nothing is deleted.
  void ask_to_stop();
  [[nodiscard]] SessionFacts facts() const;

 private:
  using Command = wire::pop3::Command;
  enum class Next : std::uint8_t { go_on, end };

  // The octets.
  asio::awaitable<std::optional<std::string>> read_line();
  asio::awaitable<void> flush();
  asio::awaitable<void> flush_if_much();
  void ok(std::string_view text);
  void err(std::string_view text);

  // The commands.
  asio::awaitable<void> greet();
  asio::awaitable<Next> execute(std::string line);
  asio::awaitable<Next> before_login(const Command& command);
  asio::awaitable<Next> transaction(const Command& command);
  [[nodiscard]] Next bad(std::string_view text);
  void capa();
  asio::awaitable<Next> stls();
  asio::awaitable<Next> pass(const Command& command);
  asio::awaitable<Next> auth(const Command& command);
  asio::awaitable<Next> log_in(std::string user, Secret password);
  asio::awaitable<void> open_maildrop(access::Login login);
  void refuse_login(access::Refused why);
  asio::awaitable<void> list(const Command& command);
  asio::awaitable<void> uidl(const Command& command);
  asio::awaitable<void> retr(std::uint32_t number);
  asio::awaitable<void> send_in_pieces(const store::Entry& entry);
  asio::awaitable<void> top(std::uint32_t number, std::uint64_t lines);
  asio::awaitable<void> quit();
  asio::awaitable<void> update();
  void release();

  [[nodiscard]] access::Peer peer() const;
  [[nodiscard]] const store::Entry* message(const Command& command);

  asio::any_io_executor executor_;
  net::Stream stream_;
  Surroundings& surroundings_;
  Start start_;
  WallTime since_;

  std::vector<char> buffer_;
  std::string_view rest_;  ///< of buffer_
  wire::pop3::LineFramer framer_;
  std::string out_;
  bool waiting_ = false;  ///< for a command
  bool stopping_ = false;
  unsigned bad_commands_ = 0;
  unsigned failed_logins_ = 0;

  std::string user_;  ///< from USER
  std::string account_;
  std::shared_ptr<store::Account> store_;
  store::Account::MailboxPtr mailbox_;
  std::optional<Maildrop> maildrop_;
  std::optional<ReadAhead> ahead_;
};

}  // namespace postern::pop3
