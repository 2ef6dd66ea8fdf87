#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "proxy/access/line_session.h"
#include "proxy/submission/limits.h"
#include "sync/engine/handover/postbox.h"
#include "sync/wire/smtp/command.h"
#include "sync/wire/smtp/content_check.h"
#include "sync/wire/smtp/reply.h"

namespace postern::submission {

struct Surroundings : access::Surroundings {
  Limits limits;
};

/// One connection of a mail program (RFC 5321, RFC 6409, with the extensions of extensions()): a
/// coroutine that reads a command, does it and answers. Pipelined commands are answered together.
/// Network thread.
class Session final : public access::LineSession {
 public:
  static constexpr const char* protocol = "submission";
  [[nodiscard]] static std::string too_many();

  Session(asio::any_io_executor executor, net::Stream stream, Surroundings& surroundings,
          access::Start start);
  ~Session() override;

  void ask_to_stop() override;
  [[nodiscard]] access::SessionFacts facts() const override;

 private:
  using Reply = wire::smtp::Reply;
  enum class Next : std::uint8_t { go_on, end };

  // The octets.
  asio::awaitable<void> converse() override;
  [[nodiscard]] bool logged_in() const override { return login_.has_value(); }
  void too_slow() override;
  asio::awaitable<void> more_octets();
  void say(const Reply& reply);
  void say(unsigned code, std::optional<wire::smtp::EnhancedStatus> status, std::string text);
  [[nodiscard]] Next bad(unsigned code, wire::smtp::EnhancedStatus status, std::string text);
  Next out_of_order(std::string text);

  // The commands.
  asio::awaitable<Next> execute(const std::string& line);
  asio::awaitable<Next> run(const wire::smtp::command::Hello& hello);
  asio::awaitable<Next> run(const wire::smtp::command::Mail& mail);
  asio::awaitable<Next> run(const wire::smtp::command::Rcpt& rcpt);
  asio::awaitable<Next> run(const wire::smtp::command::Data& data);
  asio::awaitable<Next> run(const wire::smtp::command::Bdat& bdat);
  asio::awaitable<Next> run(const wire::smtp::command::Auth& auth);
  asio::awaitable<Next> run(const wire::smtp::command::StartTls& start_tls);
  asio::awaitable<Next> run(const wire::smtp::command::Rset& rset);
  asio::awaitable<Next> run(const wire::smtp::command::Noop& noop);
  asio::awaitable<Next> run(const wire::smtp::command::Quit& quit);
  asio::awaitable<Next> run(const wire::smtp::command::Help& help);
  asio::awaitable<Next> run(const wire::smtp::command::Vrfy& vrfy);
  asio::awaitable<Next> run(const wire::smtp::command::Expn& expn);
  [[nodiscard]] Reply extensions() const;

  // Logging in.
  [[nodiscard]] Next conclude(std::expected<access::Login, access::Refused> outcome);
  [[nodiscard]] Next refuse_login(access::Refused why);

  // One message.
  struct Transaction;
  asio::awaitable<void> take(std::string octets);
  static asio::awaitable<void> hold(Transaction& message, std::string octets);
  asio::awaitable<Next> end_message();
  void forget_transaction();

  Surroundings& surroundings_;
  unsigned bad_commands_ = 0;
  unsigned failed_logins_ = 0;

  std::string hello_;  ///< what the program calls itself; empty before it said so
  std::optional<access::Login> login_;
  std::unique_ptr<Transaction> transaction_;
};

}  // namespace postern::submission
