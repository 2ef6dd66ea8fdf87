#include "proxy/relay/lobby.h"

#include <utility>

#include "proxy/relay/imap_lobby.h"
#include "proxy/relay/pop3_lobby.h"
#include "sync/wire/base64.h"
#include "sync/wire/command_text.h"
#include "sync/wire/sasl_plain.h"

namespace postern::relay {
namespace {

/// The prompts of LOGIN, which is not standardised, in the words that all programs know.
const std::string user_prompt = wire::base64_encode("Username:");
const std::string password_prompt = wire::base64_encode("Password:");

}  // namespace

std::unique_ptr<Lobby> make_lobby(Protocol protocol, std::size_t line_limit) {
  if (protocol == Protocol::imap) return std::make_unique<ImapLobby>(line_limit);
  return std::make_unique<Pop3Lobby>(line_limit);
}

Lobby::Event Lobby::next(std::string& out) {
  while (!login_ && !over_) {
    if (wanted_octets() != 0) {
      if (input_.empty()) return Event::more;
      on_octets(input_.take(wanted_octets()));
      continue;
    }
    const auto line = input_.line();
    if (input_.too_long()) {
      over_ = true;
      break;
    }
    if (!line) return Event::more;
    on_line(*line, out);
  }
  return login_ ? Event::login : Event::over;
}

Lobby::Login Lobby::take_login() {
  return std::move(*std::exchange(login_, std::nullopt));
}

std::string Lobby::rest() {
  return std::string(input_.take(input_.size()));
}

bool Lobby::begin_exchange(std::string_view mechanism) {
  exchange_ = Exchange::none;
  if (wire::is_word(mechanism, "PLAIN")) exchange_ = Exchange::plain;
  if (wire::is_word(mechanism, "LOGIN")) exchange_ = Exchange::user;
  return in_exchange();
}

std::string Lobby::prompt() const {
  return exchange_ == Exchange::user ? user_prompt : std::string();
}

std::optional<std::string> Lobby::respond(std::string_view base64) {
  wrong_ = false;
  if (exchange_ == Exchange::plain) {
    auto plain = wire::parse_sasl_plain(base64);
    wrong_ = !plain || (!plain->authorization.empty() && plain->authorization != plain->user);
    if (!wrong_) login_ = Login{std::move(plain->user), std::move(plain->password)};
  } else {
    auto text = wire::base64_decode(base64);
    wrong_ = !text || text->empty() || text->find('\0') != std::string::npos;
    if (!wrong_ && exchange_ == Exchange::user) {
      user_ = std::move(*text);
      exchange_ = Exchange::password;
      return password_prompt;
    }
    if (!wrong_) {
      Login login{std::move(user_), Secret(std::move(*text))};
      // The same bounds as in PLAIN.
      const Secret as_plain = wire::format_sasl_plain(login.user, login.password);
      wrong_ = !wire::parse_sasl_plain(as_plain.reveal());
      if (!wrong_) login_ = std::move(login);
    }
  }
  exchange_ = Exchange::none;
  return std::nullopt;
}

}  // namespace postern::relay
