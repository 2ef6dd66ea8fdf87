#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "proxy/access/sasl_server.h"
#include "proxy/access/session.h"
#include "proxy/relay/entrance.h"
#include "proxy/relay/filter.h"
#include "proxy/relay/limits.h"
#include "proxy/relay/lobby.h"
#include "proxy/relay/route.h"
#include "sync/net/splice.h"
#include "sync/upstream/refused.h"

namespace postern::relay {

/// What the sessions of a relay share. Outlives them.
struct Surroundings : access::Surroundings {
  Limits limits;
  Route route;
  net::Splicer& splicer;
};

/// One connection of a program and the one to the server that belongs to it. Network thread.
class Session final : public access::Session {
 public:
  Session(asio::any_io_executor executor, net::Stream stream, const Surroundings& surroundings);

  /// What was relayed up to now is whole commands or it is not: nobody here can tell.
  void ask_to_stop() override;
  [[nodiscard]] access::SessionFacts facts() const override;

 private:
  asio::awaitable<void> converse() override;
  void too_slow() override;
  [[nodiscard]] bool logged_in() const override { return through_; }

  /// The relay signs in for the program.
  asio::awaitable<void> host();
  /// Until the program has logged in and the relay as well; whether they have.
  asio::awaitable<bool> receive_guest(Lobby& lobby);
  using Known = std::expected<access::Login, access::Refused>;
  /// What the program does next about its login; nullopt if that leads to no verdict yet.
  asio::awaitable<std::optional<Known>> judge(Lobby& lobby, Lobby::Event event);
  asio::awaitable<std::optional<Known>> judge_step(Lobby& lobby);
  struct Turned {
    Lobby::Refusal kind;
    std::string reason;
    /// `token`: the provider does not take that token, whatever else it would take.
    enum class By : std::uint8_t { relay, provider, token } by = By::relay;
  };
  /// What to refuse the program's login with, or nullopt.
  asio::awaitable<std::optional<Turned>> admit(Known known);
  asio::awaitable<std::optional<Turned>> sign_in_as(const Guest& guest, Purse::Freshness freshness);
  /// What the provider refuses it with.
  asio::awaitable<std::optional<upstream::Refused>> sign_in_with(const Guest& guest,
                                                                 upstream::Credential credential);
  /// Makes entrance_; what kept it from that, in words for the program.
  asio::awaitable<std::optional<std::string>> come_in();
  asio::awaitable<bool> open();
  asio::awaitable<bool> let_in();
  asio::awaitable<void> carry();
  void say_farewell(const std::string& reason);

  const Surroundings& surroundings_;
  const Route route_;                             ///< as it was when the session began
  std::unique_ptr<access::SaslServer> exchange_;  ///< with the program
  std::unique_ptr<Entrance> entrance_;            ///< of the server, until it was used
  std::optional<net::Stream> upstream_;
  Greeted greeted_ = Greeted::no;
  std::string account_;  ///< whose guest it is
  std::string device_;
  std::string behind_;  ///< what the server said behind the relay's login
  bool through_ = false;
};

}  // namespace postern::relay
