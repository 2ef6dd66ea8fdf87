#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/relay/farewell.h"
#include "proxy/relay/line_queue.h"
#include "sync/base/secret.h"

namespace postern::relay {

/// What a program is told by a relay that signs in for it, until it has named itself. Pure: no I/O,
/// no clock.
///
/// Order: greeting(); feed() and next() until it says `login` or `over`; after `login`,
/// take_login(), then accept() or refuse(), and after refuse() on with next().
class Lobby {
 public:
  enum class Event : std::uint8_t { more, login, over };
  struct Login {
    std::string user;
    Secret password;
  };
  /// RFC 5530, RFC 3206: whether the credentials are wrong or the login cannot be had now.
  enum class Refusal : std::uint8_t { credentials, for_now };

  virtual ~Lobby() = default;
  [[nodiscard]] virtual std::string greeting() const = 0;
  virtual void feed(std::string_view octets) { input_.add(octets); }
  /// Answers what has come, up to a login.
  Event next(std::string& out);
  [[nodiscard]] Login take_login();
  virtual void accept(std::string& out) = 0;
  virtual void refuse(Refusal kind, std::string_view reason, std::string& out) = 0;
  /// What came behind the login, for the server.
  [[nodiscard]] std::string rest();

 protected:
  explicit Lobby(std::size_t line_limit) : input_(line_limit) {}

  /// One line; sets login_ or over_.
  virtual void on_line(std::string_view line, std::string& out) = 0;
  virtual void on_octets(std::string_view) {}
  /// How many octets the next ones are that belong to no line.
  [[nodiscard]] virtual std::size_t wanted_octets() const { return 0; }

  /// PLAIN or LOGIN (RFC 4616): the response to the mechanism's name or to a prompt. What to ask
  /// next, in base64; nullopt if login_ is set or the response makes no sense (`wrong_`).
  std::optional<std::string> respond(std::string_view base64);
  /// False if there is no such mechanism.
  bool begin_exchange(std::string_view mechanism);
  [[nodiscard]] bool in_exchange() const { return exchange_ != Exchange::none; }
  void end_exchange() { exchange_ = Exchange::none; }
  /// The first prompt.
  [[nodiscard]] std::string prompt() const;

  std::optional<Login> login_;
  bool over_ = false;
  bool wrong_ = false;

 private:
  enum class Exchange : std::uint8_t { none, plain, user, password };

  LineQueue input_;
  Exchange exchange_ = Exchange::none;
  std::string user_;
};

/// For IMAP and POP3.
[[nodiscard]] std::unique_ptr<Lobby> make_lobby(Protocol protocol, std::size_t line_limit);

}  // namespace postern::relay
