#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "proxy/access/line_session.h"
#include "proxy/pop3/limits.h"
#include "proxy/pop3/maildrop.h"
#include "proxy/pop3/read_ahead.h"
#include "sync/wire/pop3/command.h"

namespace postern::pop3 {

struct Surroundings : access::Surroundings {
  Limits limits;
  std::set<std::string> locked{};  ///< accounts whose maildrop a session holds
};

/// One connection of a mail program (RFC 1939, RFC 2449, RFC 2595, RFC 5034): a coroutine that
/// reads a command, does it and answers. Pipelined commands are answered together; nothing is read
/// while answers are being written. What ends without QUIT deletes nothing. Network thread.
class Session final : public access::LineSession {
 public:
  static constexpr const char* protocol = "pop3";
  [[nodiscard]] static std::string too_many();

  Session(asio::any_io_executor executor, net::Stream stream, Surroundings& surroundings,
          access::Start start);
  ~Session() override;

  void ask_to_stop() override;
  [[nodiscard]] access::SessionFacts facts() const override;

 private:
  using Command = wire::pop3::Command;
  enum class Next : std::uint8_t { go_on, end };

  // The octets.
  asio::awaitable<void> converse() override;
  [[nodiscard]] bool logged_in() const override { return maildrop_.has_value(); }
  void ok(std::string_view text);
  void err(std::string_view text);

  // The commands.
  asio::awaitable<void> greet();
  asio::awaitable<Next> execute(const std::string& line);
  asio::awaitable<Next> before_login(const Command& command);
  asio::awaitable<Next> transaction(const Command& command);
  [[nodiscard]] Next bad(std::string_view text);
  void capa();
  asio::awaitable<Next> stls();
  asio::awaitable<Next> pass(const Command& command);
  asio::awaitable<Next> auth(const Command& command);
  asio::awaitable<Next> log_in(std::string user, Secret password);
  asio::awaitable<Next> conclude(std::expected<access::Login, access::Refused> outcome);
  asio::awaitable<void> open_maildrop(access::Login login);
  void refuse_login(access::Refused why);
  asio::awaitable<void> list(const Command& command);
  asio::awaitable<void> uidl(const Command& command);
  asio::awaitable<void> retr(std::uint32_t number);
  asio::awaitable<void> send_in_pieces(const store::Entry& entry);
  asio::awaitable<void> top(std::uint32_t number, std::uint64_t lines);
  asio::awaitable<void> quit();
  asio::awaitable<void> update();
  [[nodiscard]] bool hides() const;
  void release();

  [[nodiscard]] const store::Entry* message(const Command& command);

  Surroundings& surroundings_;
  unsigned bad_commands_ = 0;
  unsigned failed_logins_ = 0;

  std::string user_;  ///< from USER
  std::string device_;
  DeviceId device_id_;
  store::DeviceRights rights_ = store::DeviceRights::full;
  std::string account_;
  std::shared_ptr<store::Account> store_;
  store::Account::MailboxPtr mailbox_;
  std::optional<Maildrop> maildrop_;
  std::optional<ReadAhead> ahead_;
};

}  // namespace postern::pop3
