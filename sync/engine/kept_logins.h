#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <asio/awaitable.hpp>

#include "config/config.h"
#include "sync/base/secret.h"
#include "sync/engine/schedule.h"
#include "sync/store/account.h"

namespace postern::engine {

/// Keeps over a restart what a source's logins taught: a limit on how often one may log in holds
/// whoever asks, and credentials that were not taken, whatever the server said about them, are
/// tried again no sooner because the machine was switched off. Written only when it says something
/// new.
///
/// A refused password is encrypted with the TokenKey, so that another one is told from it; a token
/// is not kept: a sign-in forgets that it was refused (keep_grant). What cannot be read or written
/// costs no more than the memory: it is not an error. Network thread.
class KeptLogins {
 public:
  /// Without a file for the key no password is kept. The references outlive it.
  KeptLogins(const config::Source& source, const std::shared_ptr<store::Account>& account,
             std::filesystem::path key_file)
      : source_(source), account_(account), key_file_(std::move(key_file)) {}

  /// Logins in a row that were not taken, for whatever reason.
  struct Refused {
    unsigned count = 0;
    std::optional<SteadyTime> since;
    std::optional<Secret> secret;  ///< of the last one
  };
  struct Recalled {
    Schedule::Kept kept;
    std::optional<WallTime> last;          ///< login, if it was worth a trace
    std::optional<WallTime> last_success;  ///< half an hour too early at most
    Refused refused;
  };
  asio::awaitable<Recalled> recall();
  /// A login is about to be tried. One that may come as often as it likes leaves no trace.
  asio::awaitable<void> before_login(Schedule::Kept kept, Schedule::Least least);
  /// It was not: nobody was asked.
  asio::awaitable<void> withdraw();
  asio::awaitable<void> after_poll(Schedule::Kept kept, Schedule::Least least, Refused refused);
  /// Somebody signed in: the store says so already.
  void forget_refused();

 private:
  asio::awaitable<void> keep(store::LoginRecord record);
  asio::awaitable<std::string> seal(Secret refused);

  const config::Source& source_;
  const std::shared_ptr<store::Account>& account_;
  std::filesystem::path key_file_;
  store::LoginRecord recorded_;
  WallTime last_before_{};        ///< recorded_.last, before the login that is about to be tried
  bool traced_ = false;           ///< before_login() wrote it down
  std::optional<Secret> sealed_;  ///< what recorded_.refused holds
};

}  // namespace postern::engine
