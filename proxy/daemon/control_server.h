#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <nlohmann/json_fwd.hpp>

#include "proxy/daemon/daemon.h"
#include "proxy/daemon/line_channel.h"
#include "sync/net/local.h"
#include "sync/net/task_group.h"

namespace postern::daemon {

/// Answers the commands of the same user on `<state>/control.sock`, one question a connection:
///
///   {"ask": "status"}                      -> the status
///   {"ask": "sync", "account": "anna"}     -> {"sources": [...]} now and then, the last with
///                                             "done": true; without an account: all of them
///     with "wish": "confirm_removals"       -> the same
///     with "wish": "dry_run"                -> the same, and {"preview": {...}} (preview_text.h)
///                                             before the last; one for some messages of a source
///   {"ask": "sign_in", "account": "anna", "source": KEY, "grant": {RFC 6749 section 5.1}}
///                                          -> {"done": true, "polled": whether it runs here}
///   {"ask": "device_add"} and the like     -> devices (devices/device_answers.h); a new one comes
///                                             with "listening" as in the status
///   {"ask": "import", "account": "anna"}   -> messages of archives (archive/import_intake.h)
///   {"ask": "page"}                        -> {"address": what opens the page once}
///   {"ask": "login"} and {"ask": "logged_in"}: logins beside the polls (lend_login.h)
///   anything that cannot be done           -> {"error": "what; advice"}
///
/// Order: open(), answer(), stop(), end of the polls, join(). Network thread.
class ControlServer {
 public:
  ControlServer(asio::any_io_executor executor, const Daemon& daemon);
  ControlServer(const ControlServer&) = delete;

  /// From now on questions can be asked.
  std::optional<Problem> open();
  /// From now on they are answered, also those that came before.
  void answer();
  /// Takes no more questions. Answers that wait for a poll end with it.
  void stop();
  asio::awaitable<void> join();

 private:
  using Services = std::vector<std::shared_ptr<AccountService>>;
  struct Polls;

  asio::awaitable<void> accept();
  asio::awaitable<void> converse(net::Stream stream);
  asio::awaitable<void> answer(LineChannel& channel, const nlohmann::json& question);
  asio::awaitable<void> sync(LineChannel& channel, std::string account, engine::PollWish wish);
  asio::awaitable<void> device(LineChannel& channel, nlohmann::json question);
  asio::awaitable<void> sign_in(LineChannel& channel, const nlohmann::json& question);
  static asio::awaitable<void> poll(std::shared_ptr<AccountService> service,
                                    std::shared_ptr<Polls> polls, engine::PollWish wish);

  asio::any_io_executor executor_;
  const Daemon& daemon_;
  net::TaskGroup tasks_;
  std::optional<net::LocalListener> listener_;
};

/// What a person is told who named an account that is not there.
[[nodiscard]] std::string unknown_account(const std::string& name, const config::Config& config);

}  // namespace postern::daemon
