#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/relay/farewell.h"
#include "proxy/relay/line_queue.h"
#include "sync/base/secret.h"
#include "sync/wire/smtp/reply.h"

namespace postern::relay {

/// What a program is told by a relay that signs in for it, until it has logged in. Pure: no I/O,
/// no clock; who judges the login is the caller.
///
/// Order: greeting(); feed() and next() until it says `login`, `exchange` or `over`. After `login`
/// take_login(), after `exchange` take_step(), and then challenge(), object(), accept() or
/// refuse(), and on with next() unless it was accept().
class Lobby {
 public:
  enum class Event : std::uint8_t { more, login, exchange, over };
  struct Login {
    std::string user;
    Secret password;
  };
  /// The program's part of a SASL exchange (RFC 4422).
  struct Step {
    std::optional<std::string> mechanism;  ///< one begins
    std::optional<std::string> response;   ///< in base64; missing: the command came without one
  };
  /// RFC 5530, RFC 3206, RFC 4954 section 6: whether the credentials are wrong or the login cannot
  /// be had now.
  enum class Refusal : std::uint8_t { credentials, for_now };
  enum class Objection : std::uint8_t { no_such_mechanism, senseless, given_up };

  Lobby(const Lobby&) = delete;
  virtual ~Lobby() = default;
  [[nodiscard]] virtual std::string greeting() const = 0;
  void feed(std::string_view octets) { input_.add(octets); }
  /// Answers what has come, up to a login.
  Event next(std::string& out);
  [[nodiscard]] Login take_login() { return std::move(*std::exchange(login_, std::nullopt)); }
  [[nodiscard]] Step take_step() { return std::move(*std::exchange(step_, std::nullopt)); }
  /// In base64; the program's next line is the response.
  void challenge(std::string_view base64, std::string& out);
  virtual void object(Objection objection, std::string& out) = 0;
  virtual void accept(std::string& out) = 0;
  virtual void refuse(Refusal kind, std::string_view reason, std::string& out) = 0;
  /// What came behind the login, for the server.
  [[nodiscard]] std::string rest();

 protected:
  Lobby(std::vector<std::string_view> mechanisms, std::size_t line_limit)
      : mechanisms_(std::move(mechanisms)), input_(line_limit) {}

  /// One command; asks for a login, begins an exchange, sets over_, or is answered.
  virtual void on_line(std::string_view line, std::string& out) = 0;
  virtual void on_octets(std::string_view) {}
  /// How many octets the next ones are that belong to no line.
  [[nodiscard]] virtual std::size_t wanted_octets() const { return 0; }
  [[nodiscard]] virtual std::string_view before_challenge() const { return "+ "; }

  void ask_for(Login login) { login_ = std::move(login); }
  /// RFC 4959, RFC 5034, RFC 4954: "=" is an empty response.
  void begin(std::string_view mechanism, std::optional<std::string_view> initial);
  void end() { over_ = true; }
  [[nodiscard]] const std::vector<std::string_view>& mechanisms() const { return mechanisms_; }

 private:
  void response(std::string_view line, std::string& out);

  std::vector<std::string_view> mechanisms_;
  LineQueue input_;
  std::optional<Login> login_;
  std::optional<Step> step_;
  bool asked_ = false;  ///< a challenge waits for its response
  bool over_ = false;
};

/// What a lobby shows.
struct LobbyOffer {
  std::vector<std::string_view> mechanisms;  ///< of SASL; the views outlive the lobby
  wire::smtp::Reply hello{};                 ///< of SMTP: what the server answers to EHLO
};
[[nodiscard]] std::unique_ptr<Lobby> make_lobby(Protocol protocol, LobbyOffer offer,
                                                std::size_t line_limit);

}  // namespace postern::relay
