#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proxy/daemon/setup/answers.h"
#include "proxy/daemon/setup/dialogue.h"
#include "proxy/daemon/setup/network.h"
#include "sync/engine/login_loan.h"

namespace postern::daemon::setup {

/// The questions of `postern setup`, from the mail address to what becomes of the messages there,
/// with the logins tried in between. Writes nothing.
///
/// Order: run() once, then the rest.
class Interview {
 public:
  /// Nobody wants to go on.
  struct GivenUp {};

  /// `accounts` are those that the configuration has. The references outlive it.
  Interview(Dialogue& dialogue, Network& network, std::vector<std::string> accounts)
      : dialogue_(dialogue), network_(network), accounts_(std::move(accounts)) {}

  /// Throws GivenUp and Dialogue::Ended.
  void run();

  [[nodiscard]] const Answers& answers() const { return answers_; }
  /// Of a new account, for mail programs; empty if it becomes a source of one that is there.
  [[nodiscard]] const Secret& account_password() const { return account_password_; }
  /// The last login at the server that was chosen, if one was tried.
  [[nodiscard]] const std::optional<engine::LoginEnd>& last_login() const { return last_login_; }

 private:
  void ask_address();
  void take_preset();
  void ask_server();
  void take(const Server& server);
  void warn_of_plaintext();
  void ask_credentials();
  void ask_client_id();
  enum class Tried : std::uint8_t { works, as_it_is };
  Tried try_until_it_works();
  void look_at_sending(Tried source);
  enum class Next : std::uint8_t { again, as_it_is };
  Next ask_what_next(const doctor::Encounter& encounter);
  void ask_pin();
  void ask_account();
  void ask_rule();

  Dialogue& dialogue_;
  Network& network_;
  std::vector<std::string> accounts_;
  Answers answers_;
  Secret account_password_;
  std::optional<engine::LoginEnd> last_login_;
};

}  // namespace postern::daemon::setup
