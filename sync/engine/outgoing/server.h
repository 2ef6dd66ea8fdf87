#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include <asio/awaitable.hpp>

#include "config/config.h"
#include "sync/base/clock.h"
#include "sync/engine/access_tokens.h"
#include "sync/engine/outgoing/sign_on.h"
#include "sync/store/account.h"
#include "sync/upstream/smtp_session.h"

namespace postern::engine::outgoing {

/// What a person wants to know about one server.
struct ServerStatus {
  std::string server;   ///< config::Outgoing::key
  std::string problem;  ///< of the last attempt, with what to do; empty after a good one
  std::optional<WallTime> last_sent;
  std::uint64_t sent = 0;  ///< messages since the start of the program
};

/// One configured submission server at work: how to log in, and sessions that wait a moment for the
/// next message. Network thread.
class Server {
 public:
  /// A session is kept so long; programs send several messages in a row.
  static constexpr std::chrono::seconds kept_for{10};
  static constexpr std::size_t most_kept = 4;

  /// `source`: the one whose sign-in it uses, if it uses one. `kept`: next_idle_end() has changed.
  Server(std::string account, config::Outgoing config, std::optional<config::Source> source,
         std::shared_ptr<store::Account> store, std::filesystem::path token_key,
         upstream::SmtpDeadlines deadlines, std::function<void()> kept);
  Server(const Server&) = delete;

  /// One that is logged in, with no message begun.
  asio::awaitable<std::expected<upstream::SmtpSession, Unavailable>> session();
  /// For the next message: nothing is under way in it.
  void keep(upstream::SmtpSession session);
  /// Ends sessions that nobody wanted in time.
  asio::awaitable<void> end_idle(SteadyTime now);
  /// Lets go of those that wait, without a word, and keeps none from now on.
  void stop();
  /// When the next one is to be ended.
  [[nodiscard]] std::optional<SteadyTime> next_idle_end() const;

  [[nodiscard]] const config::Outgoing& config() const { return config_; }
  /// Made of the same configuration.
  [[nodiscard]] bool is(const config::Outgoing& config,
                        const std::optional<config::Source>& source) const {
    return config_ == config && source_ == source;
  }
  [[nodiscard]] const ServerStatus& status() const { return status_; }
  void note_sent();
  void note_problem(std::string problem) { status_.problem = std::move(problem); }

 private:
  struct Kept {
    upstream::SmtpSession session;
    SteadyTime until;
  };

  config::Outgoing config_;
  std::optional<config::Source> source_;
  std::optional<AccessTokens> tokens_;
  upstream::LoginMemory memory_;
  upstream::SmtpDeadlines deadlines_;
  std::function<void()> on_kept_;
  std::list<Kept> kept_;
  bool stopped_ = false;
  ServerStatus status_;
};

}  // namespace postern::engine::outgoing
