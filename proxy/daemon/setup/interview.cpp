#include "proxy/daemon/setup/interview.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "config/oauth.h"
#include "config/values.h"
#include "proxy/daemon/terminal.h"

namespace postern::daemon::setup {
namespace {

using config::Preset;
using doctor::Encounter;
using engine::SourceState;

/// A provider that takes tokens, and whose sign-in we know.
bool can_sign_in(const Preset& preset) {
  return preset.auth == Preset::Auth::oauth_only ||
         (preset.auth == Preset::Auth::password_or_oauth && config::oauth_preset(preset.id));
}

}  // namespace

void Interview::ask_address() {
  while (true) {
    const auto address = config::mail_address(dialogue_.ask("Your mail address"));
    if (address) {
      answers_.address = *address;
      break;
    }
    dialogue_.say(address.error().text());
  }
  answers_.preset = config::preset(answers_.address, config::MailProtocol::pop3);
}

void Interview::take_preset() {
  take({answers_.preset->host, answers_.preset->port, answers_.preset->tls});
  dialogue_.say(
      fmt::format("{}: {}:{}", answers_.preset->id, answers_.preset->host, answers_.preset->port));
  if (!answers_.preset->enable_page.empty())
    dialogue_.say(
        fmt::format("POP3 has to be switched on there first: {}", answers_.preset->enable_page));
}

void Interview::take(const Server& server) {
  answers_.server = {server.host, server.port};
  answers_.tls = server.tls;
  answers_.insecure = false;
  last_login_.reset();
}

void Interview::ask_server() {
  answers_.preset.reset();
  answers_.pin.reset();
  const std::string domain = answers_.address.substr(answers_.address.rfind('@') + 1);
  std::string usual;
  if (answers_.server.host.empty()) {
    dialogue_.say(fmt::format("No preset for {}; looking for its POP3 server.", domain));
    const Found found = network_.find(usual_servers(domain), dialogue_);
    if (found.server) usual = fmt::format("{}:{}", found.server->host, found.server->port);
  }
  while (true) {
    const std::string named = dialogue_.ask("POP3 server, HOST or HOST:PORT", usual);
    if (named.empty()) continue;
    const Found found = network_.find(servers_named(named), dialogue_);
    if (found.server) take(*found.server);
    if (found.trouble) dialogue_.say(found.trouble->detail);
    if (found.server) return;
  }
}

/// Before anything secret is typed.
void Interview::warn_of_plaintext() {
  if (answers_.tls != config::Tls::none || config::is_loopback(answers_.server.host)) return;
  dialogue_.say(fmt::format(
      "\n{} offers no encryption for POP3 at {}:{}. With each poll your password and your mail "
      "cross the network readable: everybody on the way, from a strange WLAN to the provider, can "
      "take them, and change what arrives. The password should be used nowhere else.",
      answers_.preset ? std::string(answers_.preset->id) : answers_.server.host,
      answers_.server.host, answers_.server.port));
  const auto sure = dialogue_.confirm("Use it all the same, without encryption (insecure: true)",
                                      Dialogue::Answer::no);
  if (sure == Dialogue::Answer::no) throw GivenUp{};
  answers_.insecure = true;
}

void Interview::ask_client_id() {
  dialogue_.say(
      "One signs in with a browser. For that the provider wants to know the program: register one "
      "there, and type its client id (configuration.md, \"Signing in instead of a password\").");
  while (answers_.client_id.empty()) answers_.client_id = dialogue_.ask("Client id");
}

void Interview::ask_credentials() {
  const std::string usual =
      answers_.preset ? answers_.preset->login_name(answers_.address) : answers_.address;
  answers_.username = usual;
  if (!answers_.preset) {
    answers_.username = dialogue_.ask("User name there", usual);
  } else if (answers_.preset->auth == Preset::Auth::oauth_only) {
    dialogue_.say("This provider takes no passwords.");
    return ask_client_id();
  } else if (can_sign_in(*answers_.preset)) {
    constexpr std::array choices{
        Dialogue::Choice{"1",
                         "with a password; of those, most providers of this kind take only "
                         "one that was made for a program (an app password)"},
        Dialogue::Choice{"2", "with a sign-in in a browser (OAuth); it needs a client id"},
    };
    dialogue_.say("How do you log in there?");
    if (dialogue_.choose("Your choice", choices) == 1) return ask_client_id();
  }
  answers_.password = dialogue_.ask_secret("Password there");
}

void Interview::ask_pin() {
  const std::vector<net::CertificateFacts> chain =
      network_.certificates(answers_.source(), dialogue_);
  if (chain.empty()) return;
  dialogue_.say(fmt::format("The certificate is {}, issued by {}.\n  {}", chain.front().subject,
                            chain.front().issuer, chain.front().fingerprint));
  const auto sure =
      dialogue_.confirm("Ask the provider whether this is its fingerprint. Trust exactly this one",
                        Dialogue::Answer::no);
  if (sure == Dialogue::Answer::yes) answers_.pin = chain.front().fingerprint;
}

Interview::Next Interview::ask_what_next(const Encounter& encounter) {
  dialogue_.say(fmt::format("\nThat did not work. {}\n", encounter.trouble->detail));
  if (encounter.trouble->state == SourceState::throttled) {
    const auto wait =
        std::max<std::chrono::seconds>(answers_.source().shortest_poll, std::chrono::minutes(15));
    dialogue_.say(
        fmt::format("Trying again makes sense at {}.\n", time_text(iso8601(wall_now() + wait))));
  }
  const bool certificate = encounter.trouble->state == SourceState::bad_certificate;
  constexpr std::array choices{
      Dialogue::Choice{"1", "another password"},
      Dialogue::Choice{"2", "another user name and password"},
      Dialogue::Choice{"3", "another server"},
      Dialogue::Choice{"4", "the same again"},
      Dialogue::Choice{"5", "write it down as it is: the daemon tries it again"},
      Dialogue::Choice{"6", "give up; nothing is written"},
      Dialogue::Choice{"7", "trust this certificate"},
  };
  const auto offered = std::span(choices).first(certificate ? choices.size() : choices.size() - 1);
  switch (dialogue_.choose("What now", offered)) {
    case 0: answers_.password = dialogue_.ask_secret("Password there"); break;
    case 1:
      answers_.username = dialogue_.ask("User name there", answers_.username);
      answers_.password = dialogue_.ask_secret("Password there");
      break;
    case 2:
      ask_server();
      warn_of_plaintext();
      break;
    case 3: break;
    case 4: return Next::as_it_is;
    case 5: throw GivenUp{};
    default: ask_pin(); break;
  }
  return Next::again;
}

Interview::Tried Interview::try_until_it_works() {
  while (true) {
    dialogue_.say(
        fmt::format("Logging in to {}:{} ...", answers_.server.host, answers_.server.port));
    const Encounter encounter = network_.log_in(answers_.source(), answers_.password);
    const auto end = doctor::login_end(encounter, {}, std::chrono::steady_clock::now());
    if (end) last_login_ = end;
    if (!encounter.trouble) {
      dialogue_.say(fmt::format("It works: {} messages, {}.", encounter.messages,
                                octets_text(encounter.octets)));
      return Tried::works;
    }
    if (ask_what_next(encounter) == Next::as_it_is) return Tried::as_it_is;
  }
}

/// A password that was refused, or a sign-in that is still to come, is not tried there.
void Interview::look_at_sending(Tried source) {
  const auto server = answers_.outgoing();
  if (!server) return;
  answers_.sends = true;
  dialogue_.say(fmt::format("\nFor sending: {}:{}", server->server.host, server->server.port));
  if (source == Tried::as_it_is) return;
  const Encounter encounter = network_.log_in(*server, answers_.password);
  if (!encounter.trouble) return dialogue_.say("The login works there, too.");
  dialogue_.say(fmt::format("The login did not work there. {}\n", encounter.trouble->detail));
  constexpr std::array choices{
      Dialogue::Choice{"1", "write it down as it is: what is sent waits in Outbox or is refused"},
      Dialogue::Choice{"2", "leave sending out"},
  };
  answers_.sends = dialogue_.choose("What now", choices) == 0;
}

void Interview::ask_account() {
  dialogue_.say(
      "\nMail programs log in to Postern, with an account and a password of their own. Several "
      "mailboxes can be sources of one account.");
  while (true) {
    const auto name = config::account_name(
        dialogue_.ask("Name of the account", account_name_for(answers_.address)));
    if (name) {
      answers_.account = *name;
      break;
    }
    dialogue_.say(name.error().text());
  }
  if (std::ranges::find(accounts_, answers_.account) != accounts_.end()) {
    dialogue_.say("That account is there already: this becomes one more source of it.");
    return;
  }
  account_password_ = dialogue_.ask_secret("Password for mail programs, or nothing: one is made");
  if (account_password_.empty()) account_password_ = new_password();
}

void Interview::ask_rule() {
  dialogue_.say("\nWhat becomes of the messages at the provider, once they are safely here?");
  constexpr std::array choices{
      Dialogue::Choice{"1", "they stay; nothing is ever deleted there. You can change it later"},
      Dialogue::Choice{"2", "what you delete here is deleted there too"},
      Dialogue::Choice{"3", "they are deleted there 30 days after they were fetched"},
      Dialogue::Choice{"4", "they are deleted there at once: make backups"},
  };
  constexpr std::array<std::string_view, 4> rules{"forever", "until-deleted", "30 days", "never"};
  answers_.keep_on_server = rules[dialogue_.choose("Your choice", choices)];
}

void Interview::run() {
  ask_address();
  if (answers_.preset)
    take_preset();
  else
    ask_server();
  warn_of_plaintext();
  ask_credentials();
  Tried tried = Tried::as_it_is;
  if (answers_.client_id.empty()) tried = try_until_it_works();
  look_at_sending(tried);
  ask_account();
  ask_rule();
}

}  // namespace postern::daemon::setup
