#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "config/config.h"
#include "proxy/relay/guest.h"
#include "sync/store/account.h"

namespace postern::daemon {

/// What the guests of one relay log in with: passwords from where the configuration says, tokens
/// from the accounts' stores. Network thread.
class RelayPurse final : public relay::Purse {
 public:
  /// nullptr if the account's store is not open.
  using Stores = std::function<std::shared_ptr<store::Account>(const std::string& account)>;

  RelayPurse(const config::Relay& relay, Stores stores, std::filesystem::path token_key);

  asio::awaitable<std::expected<upstream::Credential, Problem>> credential(
      std::string account, Freshness freshness) override;

 private:
  using Result = std::expected<upstream::Credential, Problem>;

  asio::awaitable<Result> token(std::string account, config::Source source,
                                Freshness freshness) const;

  std::map<std::string, config::RelayLogin> logins_;
  Stores stores_;
  std::filesystem::path token_key_;
};

}  // namespace postern::daemon
