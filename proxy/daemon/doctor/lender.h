#pragma once

#include <memory>
#include <optional>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "config/config.h"
#include "sync/engine/login_loan.h"

namespace postern::daemon::doctor {

/// Whom to ask before one logs in to a source beside its polls, and who hears how that ended.
///
/// Order: lend(), and if that granted it give_back(); then perhaps the next one. Network thread.
class Lender {
 public:
  Lender() = default;
  Lender(const Lender&) = delete;
  Lender& operator=(const Lender&) = delete;
  virtual ~Lender() = default;

  /// What stands in the way of an answer is one: LoginLoan::Answer::troubled.
  virtual asio::awaitable<engine::LoginLoan> lend(std::string source_key) = 0;
  /// The token of a source with `oauth:` alone, for another server: nothing is to be given back.
  virtual asio::awaitable<engine::LoginLoan> lend_token(std::string source_key) = 0;
  /// nullopt: nobody was asked.
  virtual asio::awaitable<void> give_back(std::optional<engine::LoginEnd> end) = 0;
};

/// The daemon that runs on the state folder of the configuration, or, if none does, what the store
/// of the account knows. May block for as long as a daemon takes to end.
[[nodiscard]] std::unique_ptr<Lender> lender(asio::any_io_executor executor,
                                             const config::Config& config,
                                             const config::Account& account);

}  // namespace postern::daemon::doctor
