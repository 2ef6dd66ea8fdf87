#pragma once

#include <optional>
#include <string>

#include <asio/awaitable.hpp>
#include <nlohmann/json.hpp>

#include "proxy/daemon/setup/answers.h"
#include "proxy/web/house.h"
#include "sync/base/clock.h"
#include "sync/engine/login_loan.h"

namespace postern::daemon {
class Daemon;
}

namespace postern::daemon::page {

/// `postern setup` in three steps of a page: what is known of an address, a login that is tried,
/// and what is written then. Servers without encryption, certificates that are to be pinned and
/// sign-ins (OAuth) are left to the command. One person at a time. Network thread, which it blocks
/// for a moment while certificates are read.
class NewAccount {
 public:
  explicit NewAccount(const Daemon& daemon) : daemon_(daemon) {}

  using Reply = web::House::Reply;
  /// {"address"} -> `address`, `account` (a name for it), `accounts` (those that are there), and
  /// what is known: `provider`, `server`, `username`, `enable_page`, `sign_in`.
  asio::awaitable<Reply> look(nlohmann::json question);
  /// {"address", "server", "username", "password"} -> `messages`, `octets`, `draft`
  asio::awaitable<Reply> attempt(nlohmann::json question);
  /// {"draft", "account", "rule"} -> `account`, `imap`, `password` of a new one, `pause` in
  /// seconds; `problem` and `advice` if it is written and yet not in force: the password is shown
  /// all the same, since nobody can be told it again
  asio::awaitable<Reply> add(nlohmann::json question);

 private:
  struct Draft {
    std::string name;
    SteadyTime until;
    setup::Answers answers;
    std::optional<engine::LoginEnd> login;
  };

  [[nodiscard]] bool has_account(const std::string& name) const;
  /// A problem: nothing is written.
  [[nodiscard]] std::optional<Problem> write(const setup::Answers& answers,
                                             const Secret& account_password) const;
  /// A problem: what is written is not in force.
  asio::awaitable<std::optional<Problem>> put_in_force(
      const setup::Answers& answers, const std::optional<engine::LoginEnd>& login);

  const Daemon& daemon_;
  bool busy_ = false;
  std::optional<Draft> draft_;  ///< the last login that went well
};

}  // namespace postern::daemon::page
