#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "sync/net/listener.h"
#include "sync/net/stream.h"
#include "sync/net/task_group.h"
#include "sync/net/tls.h"

namespace postern::test {

/// A POP3 server that does what it is told, wrong things too, and writes down what it is asked. Its
/// maildrop lives on between sessions. Runs in the client's own io_context.
class HostilePop3 {
 public:
  struct Message {
    std::string uidl;
    std::string octets;  ///< not stuffed
  };
  enum class Quit { applied, lost_before, lost_after, refused };
  enum class Start { plaintext, tls };

  explicit HostilePop3(asio::any_io_executor executor, const net::TlsServer* tls = nullptr,
                       Start start = Start::plaintext);
  ~HostilePop3();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  void stop();
  asio::awaitable<void> join() { return tasks_.join(); }

  /// How it behaves; a fresh one is a good server.
  struct Quirks {
    std::string greeting = "+OK ready\r\n";
    std::vector<std::string> capa{"USER", "UIDL", "TOP", "PIPELINING", "RESP-CODES"};
    std::optional<std::vector<std::string>> capa_after_tls;
    std::optional<std::vector<std::string>> capa_after_login;
    /// Raw answers instead of the right ones, by verb or by whole command: an empty one closes.
    std::map<std::string, std::string> instead;
    std::string above_header;              ///< fields that TOP shows and RETR does not
    std::vector<std::size_t> refuse_dele;  ///< message numbers
    Quit quit = Quit::applied;
    bool popped_vanish = false;  ///< Gmail: what was fetched is hidden after QUIT
    std::string behind_stls;     ///< sent in one segment with the answer to STLS
    /// The connection ends before the server's line with this number, from 0, counted over all
    /// lines of a session.
    std::optional<std::size_t> cut_at_line;
    /// The connection ends after so many octets of answers to RETR.
    std::optional<std::size_t> cut_after_body_octets;
    /// An answer that never ends, by verb or by whole command: +OK, then this for ever.
    std::map<std::string, std::string> endless;
    /// How an answer to RETR ends and what is done to its octets.
    enum class Body { right, glued_dot, lone_lf, lone_cr, unstuffed } body = Body::right;
    enum class LineEnd { crlf, lf } line_end = LineEnd::crlf;  ///< of all but messages
    /// What is sent instead of an answer; nothing ends the connection.
    std::function<std::optional<std::string>(std::string answer)> garbled;
    std::size_t piece = 0;              ///< octets of a write; 0: all at once
    std::chrono::milliseconds wait{0};  ///< before each piece
    /// Called when a session has logged in, before it takes its picture of the maildrop.
    std::function<void(HostilePop3& server)> on_login;
  };

  /// One answer of a script, CRLF included; an empty one ends the connection.
  struct Scripted {
    std::string text;
    enum class Then { nothing, logged_in } then = Then::nothing;
  };

  std::vector<Message> maildrop;
  Quirks quirks;
  /// Asked first for each command; nullopt leaves it to the rest.
  std::function<std::optional<Scripted>(const std::string& command, const net::Stream& stream)>
      script;
  /// Called before each command is carried out.
  std::function<void(const std::string& command)> on_command;

  // What it saw.
  std::vector<Message> at_login;      ///< the maildrop, when the last session began
  std::vector<std::string> commands;  ///< of all sessions, in order
  std::size_t sessions = 0;
  std::size_t quits = 0;
  std::size_t lines_sent = 0;      ///< of the last session
  std::size_t most_in_flight = 0;  ///< commands that arrived before the one in front was answered
  std::map<std::string, std::size_t> retrieved;  ///< completely, by octets of the message
  [[nodiscard]] std::size_t count(std::string_view verb) const;

 private:
  struct Session;
  struct Cut {};

  asio::awaitable<void> accept();
  asio::awaitable<void> serve(net::Stream stream);
  asio::awaitable<void> converse(Session& session);
  asio::awaitable<std::optional<std::string>> read_command(Session& session);
  asio::awaitable<void> say(Session& session, std::string text);
  asio::awaitable<void> write(Session& session, std::string text);
  asio::awaitable<void> say_for_ever(Session& session, std::string text);
  asio::awaitable<bool> answer(Session& session, const std::string& command);
  asio::awaitable<void> begin_tls(Session& session);
  asio::awaitable<void> send_message(Session& session, std::size_t number);
  asio::awaitable<void> send_header(Session& session, std::size_t number);
  [[nodiscard]] std::string listing(const Session& session, const std::string& verb) const;
  void enter(Session& session);
  [[nodiscard]] std::string capabilities(const Session& session) const;
  void update(Session& session);

  asio::any_io_executor executor_;
  const net::TlsServer* tls_;
  Start start_;
  net::TaskGroup tasks_;
  std::optional<net::Listener> listener_;
  std::uint16_t port_ = 0;
};

}  // namespace postern::test
