#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "proxy/access/directory.h"
#include "proxy/access/limits.h"
#include "sync/base/clock.h"
#include "sync/net/stream.h"
#include "sync/net/task_group.h"

namespace postern::net {
class TlsServer;
}

namespace postern::access {

/// What `postern status` tells of a session.
struct SessionFacts {
  std::string protocol;  ///< of a face that has one, that one if the session says nothing
  std::string peer;      ///< "192.0.2.1:4711"
  std::string account;   ///< empty before login
  std::string device;    ///< empty with the account's own password
  std::string mailbox;   ///< empty if none is selected
  WallTime since;
  std::string upstream;  ///< of a relay: "imap.example.net:993"
  std::string program;   ///< name and version, as the program says; empty if it says nothing
  std::string profile;   ///< of a program that is known (config/clients.csv); else empty
  bool secure = false;
};

/// Whether programs are asked for a certificate in the handshake, once some device has one: a face
/// that they log in to with it asks.
enum class Certificates : std::uint8_t { ignored, asked };

/// What the sessions of a face share. Outlives them.
struct Surroundings {
  Directory& directory;
  net::TaskGroup& tasks;
  const net::TlsServer* tls = nullptr;  ///< without: no STARTTLS
  Certificates certificates = Certificates::ignored;
};

enum class Start : std::uint8_t { plaintext, tls };

/// One connection of a mail program, whatever it speaks: the octets of both directions and the time
/// they may take. Answers wait in `out_` until there is nothing left to read, or until there are
/// many. A face derives from it, and says in converse() what is said. Network thread.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(const Session&) = delete;
  virtual ~Session();

  /// Before run(): Peer::scanner.
  void set_scanner(std::string device) { scanner_ = std::move(device); }
  /// The whole conversation; ends with the connection.
  asio::awaitable<void> run();
  /// Ends it at the next command boundary, which is now if no command is under way.
  virtual void ask_to_stop() = 0;
  /// Ends it whatever is under way: its device was revoked.
  virtual void end_now();
  [[nodiscard]] virtual SessionFacts facts() const;

 protected:
  /// `limits` may change while the session runs; it outlives the session.
  Session(asio::any_io_executor executor, net::Stream stream, const Surroundings& surroundings,
          const Limits& limits, Start start);

  virtual asio::awaitable<void> converse() = 0;
  [[nodiscard]] virtual bool logged_in() const = 0;
  /// No command came in time: a last word may go into `out_`.
  virtual void too_slow() {}

  /// What the client sends next, at least one octet; good until the next call. The time is for the
  /// whole command: a byte now and then does not give it more.
  asio::awaitable<std::string_view> receive();
  /// A command is over, or the client may take its time from here for another reason.
  void begin_waiting() { waits_since_ = std::chrono::steady_clock::now(); }
  /// As at the start of the connection: there is time to log in.
  void begin_login() { login_begun_ = std::chrono::steady_clock::now(); }
  asio::awaitable<void> flush();
  asio::awaitable<void> flush_if_large();
  /// The handshake, after STARTTLS or at the start.
  asio::awaitable<void> start_tls();
  [[nodiscard]] Peer peer() const;

  asio::any_io_executor executor_;
  net::Stream stream_;
  std::string out_;
  std::vector<char> input_;  ///< of receive(); empty before the first call
  bool waiting_ = false;     ///< for the client's next octets, nothing to be written
  bool stopping_ = false;    ///< asked to

 private:
  using Time = std::chrono::steady_clock::time_point;

  const Surroundings& shared_;
  const Limits& bounds_;
  Start start_;
  std::string scanner_;
  WallTime since_ = wall_now();
  Time login_begun_ = std::chrono::steady_clock::now();
  Time waits_since_ = login_begun_;
  bool unspeakable_ = false;  ///< half an answer or a handshake is under way: no last word
};

}  // namespace postern::access
