#include "proxy/relay/lobby.h"

#include "proxy/relay/imap_lobby.h"
#include "proxy/relay/pop3_lobby.h"
#include "proxy/relay/smtp_lobby.h"

namespace postern::relay {

std::unique_ptr<Lobby> make_lobby(Protocol protocol, LobbyOffer offer, std::size_t line_limit) {
  switch (protocol) {
    case Protocol::imap:
      return std::make_unique<ImapLobby>(std::move(offer.mechanisms), line_limit);
    case Protocol::pop3:
      return std::make_unique<Pop3Lobby>(std::move(offer.mechanisms), line_limit);
    case Protocol::smtp: return std::make_unique<SmtpLobby>(std::move(offer), line_limit);
  }
  return nullptr;
}

Lobby::Event Lobby::next(std::string& out) {
  while (!login_ && !step_ && !over_) {
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
    if (std::exchange(asked_, false)) {
      response(*line, out);
    } else {
      on_line(*line, out);
    }
  }
  if (login_) return Event::login;
  return step_ ? Event::exchange : Event::over;
}

void Lobby::response(std::string_view line, std::string& out) {
  if (line == "*") return object(Objection::given_up, out);
  step_ = Step{std::nullopt, std::string(line)};
}

void Lobby::begin(std::string_view mechanism, std::optional<std::string_view> initial) {
  step_ = Step{std::string(mechanism), std::nullopt};
  if (initial) step_->response = *initial == "=" ? std::string() : std::string(*initial);
}

void Lobby::challenge(std::string_view base64, std::string& out) {
  out.append(before_challenge()).append(base64).append("\r\n");
  asked_ = true;
}

std::string Lobby::rest() {
  return std::string(input_.take(input_.size()));
}

}  // namespace postern::relay
