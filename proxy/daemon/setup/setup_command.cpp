#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include <fmt/core.h>
#include <asio/io_context.hpp>

#include "config/load.h"
#include "config/values.h"
#include "proxy/daemon/commands.h"
#include "proxy/daemon/doctor/encounter.h"
#include "proxy/daemon/exit_status.h"
#include "proxy/daemon/run_loop.h"
#include "proxy/daemon/serve.h"
#include "proxy/daemon/setup/answers.h"
#include "proxy/daemon/setup/dialogue.h"
#include "proxy/daemon/setup/find_server.h"
#include "proxy/daemon/setup/new_files.h"
#include "proxy/daemon/terminal.h"
#include "sync/base/log.h"
#include "sync/net/certificate_probe.h"
#include "sync/net/error.h"

namespace postern::daemon {
namespace {

namespace fs = std::filesystem;
using doctor::Encounter;
using engine::SourceState;
using setup::Answers;
using setup::Dialogue;

/// Blank, or comments only.
bool says_nothing(std::string_view yaml) {
  while (!yaml.empty()) {
    const std::string_view line = yaml.substr(0, yaml.find('\n'));
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin != std::string_view::npos && line[begin] != '#') return false;
    yaml.remove_prefix(std::min(yaml.size(), line.size() + 1));
  }
  return true;
}

/// Nobody wants to go on.
struct GivenUp {};

asio::awaitable<void> find(std::vector<setup::Server> candidates, setup::Found& found) {
  found = co_await setup::find_server(std::move(candidates));
}

asio::awaitable<void> log_in(config::Source source, Secret password, Encounter& encounter) {
  encounter = co_await doctor::meet(std::move(source), std::move(password), doctor::Depth::login);
}

asio::awaitable<void> look_at_certificate(config::Source source,
                                          std::vector<net::CertificateFacts>& chain) {
  try {
    const net::Endpoint server{source.server.host, source.server.port};
    const std::string opening = source.tls == config::Tls::starttls ? "STLS\r\n" : "";
    chain = co_await net::probe_certificates(server, opening, std::chrono::seconds(10));
  } catch (const net::Error& error) {
    Dialogue::say(error.what());
  }
}

/// `postern setup` from the first question to the last word.
class Setup {
 public:
  explicit Setup(fs::path file) : file_(std::move(file)) {}
  void run();

 private:
  void read_what_is_there();
  void ask_address();
  void ask_server();
  void take(const setup::Server& server);
  bool take_found(const setup::Found& found);
  void ask_credentials();
  void try_until_it_works();
  enum class Next : std::uint8_t { again, as_it_is };
  Next ask_what_next(const Encounter& encounter);
  void ask_pin();
  void ask_account();
  void ask_rule();
  void write();
  void say_what_comes_next(const fs::path& password_file) const;
  [[nodiscard]] bool has_account(const std::string& name) const;

  fs::path file_;
  std::string text_;  ///< of the file, empty if there is none
  std::optional<config::Config> before_;
  Dialogue dialogue_;
  Answers answers_;
  Secret account_password_;
  asio::io_context io_{1};
};

void Setup::ask_address() {
  while (true) {
    const auto address = config::mail_address(dialogue_.ask("Your mail address"));
    if (address) {
      answers_.address = *address;
      break;
    }
    Dialogue::say(address.error().text());
  }
  answers_.preset = config::preset(answers_.address, config::MailProtocol::pop3);
}

void Setup::take(const setup::Server& server) {
  answers_.server = {server.host, server.port};
  answers_.tls = server.tls;
}

bool Setup::take_found(const setup::Found& found) {
  if (found.server) take(*found.server);
  if (found.trouble) Dialogue::say(found.trouble->detail);
  return found.server.has_value();
}

void Setup::ask_server() {
  answers_.preset.reset();
  answers_.pin.reset();
  const std::string domain = answers_.address.substr(answers_.address.rfind('@') + 1);
  std::string usual;
  if (answers_.server.host.empty()) {
    Dialogue::say(fmt::format("No preset for {}; looking for its POP3 server.", domain));
    setup::Found found;
    run_to_end(io_, find(setup::usual_servers(domain), found));
    if (found.server) usual = fmt::format("{}:{}", found.server->host, found.server->port);
  }
  while (true) {
    const std::string named = dialogue_.ask("POP3 server, HOST or HOST:PORT", usual);
    if (named.empty()) continue;
    setup::Found found;
    run_to_end(io_, find(setup::servers_named(named), found));
    if (take_found(found)) return;
  }
}

void Setup::ask_credentials() {
  const std::string usual =
      answers_.preset ? answers_.preset->login_name(answers_.address) : answers_.address;
  answers_.username = usual;
  if (!answers_.preset) {
    answers_.username = dialogue_.ask("User name there", usual);
  } else if (answers_.preset->auth == config::Preset::Auth::oauth_only) {
    Dialogue::say(
        "This provider takes no passwords: one signs in with a browser. For that it wants to know "
        "the program:\nregister one at the provider, and type its client id "
        "(configuration.md, \"Signing in instead of a password\").");
    while (answers_.client_id.empty()) answers_.client_id = dialogue_.ask("Client id");
    return;
  }
  answers_.password = dialogue_.ask_secret("Password there");
}

void Setup::ask_pin() {
  std::vector<net::CertificateFacts> chain;
  run_to_end(io_, look_at_certificate(answers_.source(), chain));
  if (chain.empty()) return;
  Dialogue::say(fmt::format("The certificate is {}, issued by {}.\n  {}", chain.front().subject,
                            chain.front().issuer, chain.front().fingerprint));
  const auto sure =
      dialogue_.confirm("Ask the provider whether this is its fingerprint. Trust exactly this one",
                        Dialogue::Answer::no);
  if (sure == Dialogue::Answer::yes) answers_.pin = chain.front().fingerprint;
}

Setup::Next Setup::ask_what_next(const Encounter& encounter) {
  Dialogue::say(fmt::format("\nThat did not work. {}\n", encounter.trouble->detail));
  if (encounter.trouble->state == SourceState::throttled) {
    const auto wait =
        std::max<std::chrono::seconds>(answers_.source().shortest_poll, std::chrono::minutes(15));
    Dialogue::say(
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
    case 2: ask_server(); break;
    case 3: break;
    case 4: return Next::as_it_is;
    case 5: throw GivenUp{};
    default: ask_pin(); break;
  }
  return Next::again;
}

void Setup::try_until_it_works() {
  while (true) {
    Dialogue::say(
        fmt::format("Logging in to {}:{} ...", answers_.server.host, answers_.server.port));
    Encounter encounter;
    run_to_end(io_, log_in(answers_.source(), answers_.password, encounter));
    if (!encounter.trouble) {
      Dialogue::say(fmt::format("It works: {} messages, {}.", encounter.messages,
                                octets_text(encounter.octets)));
      return;
    }
    if (ask_what_next(encounter) == Next::as_it_is) return;
  }
}

bool Setup::has_account(const std::string& name) const {
  return before_ && std::ranges::find(before_->accounts, name, &config::Account::name) !=
                        before_->accounts.end();
}

void Setup::ask_account() {
  Dialogue::say(
      "\nMail programs log in to Postern, with an account and a password of their own. Several "
      "mailboxes can be sources of one account.");
  while (true) {
    const auto name = config::account_name(
        dialogue_.ask("Name of the account", setup::account_name_for(answers_.address)));
    if (name) {
      answers_.account = *name;
      break;
    }
    Dialogue::say(name.error().text());
  }
  if (has_account(answers_.account)) {
    Dialogue::say("That account is there already: this becomes one more source of it.");
    return;
  }
  account_password_ = dialogue_.ask_secret("Password for mail programs, or nothing: one is made");
  if (account_password_.empty()) account_password_ = setup::new_password();
}

void Setup::ask_rule() {
  Dialogue::say("\nWhat becomes of the messages at the provider, once they are safely here?");
  constexpr std::array choices{
      Dialogue::Choice{"1", "they stay; nothing is ever deleted there. You can change it later"},
      Dialogue::Choice{"2", "what you delete here is deleted there too"},
      Dialogue::Choice{"3", "they are deleted there 30 days after they were fetched"},
      Dialogue::Choice{"4", "they are deleted there at once: make backups"},
  };
  constexpr std::array<std::string_view, 4> rules{"forever", "until-deleted", "30 days", "never"};
  answers_.keep_on_server = rules[dialogue_.choose("Your choice", choices)];
}

void Setup::write() {
  setup::NewFiles files;
  const fs::path folder = fs::absolute(file_).parent_path();
  config::NewSource source = answers_.to_write();
  const auto add = [&](const std::string& name, const Secret& secret) {
    const auto path = files.add(folder / "secrets" / name, secret);
    if (!path) throw Problem(path.error());
    return path->lexically_relative(folder);
  };
  if (!account_password_.empty())
    source.account_password = add(answers_.account, account_password_);
  if (answers_.client_id.empty())
    source.password = add(setup::secret_name(answers_), answers_.password);
  const auto text = config::with_source(text_, source, fs::absolute(file_));
  if (!text) throw Problem(text.error());
  const auto written = files.replace(file_, *text);
  if (!written) throw Problem(written.error());
  files.keep();
  Dialogue::say(fmt::format("\nWritten: {}; the passwords are in files of their own in {}.",
                            file_.string(), (folder / "secrets").string()));
  say_what_comes_next(folder / source.account_password);
}

void Setup::say_what_comes_next(const fs::path& password_file) const {
  const auto config = config::load(file_);
  std::string host = "127.0.0.1";
  std::string port = "1143";
  if (config && !config->listen.imap.empty()) {
    const std::string& address = config->listen.imap.front();
    host = address.substr(0, address.rfind(':'));
    port = address.substr(address.rfind(':') + 1);
  }
  std::string text = "\nWhat comes next:\n";
  if (!answers_.client_id.empty())
    text += fmt::format("  postern login {}   sign in at the provider, in a browser\n",
                        answers_.account);
  text +=
      "  postern run        the daemon; systemctl reload postern if it runs already\n"
      "  postern status     what it is doing\n\n";
  if (const auto least = answers_.source().shortest_poll; least > std::chrono::seconds(0)) {
    text += fmt::format(
        "This provider wants {} between two logins, and this was one: the first mail comes from "
        "{} on.\n\n",
        duration_text(least), time_text(iso8601(wall_now() + least)));
  }
  text += fmt::format("In the mail program: IMAP, server {}, port {}, user {}", host, port,
                      answers_.account);
  text += account_password_.empty()
              ? ", the password of that account."
              : fmt::format(",\nthe password that stands in {}.", password_file.string());
  Dialogue::say(text);
}

/// What is there and cannot be read must not be replaced.
void Setup::read_what_is_there() {
  auto text = config::read_text(file_);
  if (!text) {
    std::error_code error;
    if (fs::status(file_, error).type() == fs::file_type::not_found) return;
    throw Problem{fmt::format("{}: {}", file_.string(), text.error().what), text.error().advice};
  }
  text_ = std::move(*text);
  if (!says_nothing(text_)) {
    auto parsed = config::load(file_);
    if (!parsed)
      throw Problem{"the configuration has mistakes: " + parsed.error().front().text(),
                    "mend them first: postern check"};
    before_ = std::move(*parsed);
  }
  Dialogue::say(fmt::format("{} is there already: this adds to it.", file_.string()));
}

void Setup::run() {
  read_what_is_there();
  ask_address();
  if (answers_.preset) {
    take({answers_.preset->host, answers_.preset->port, answers_.preset->tls});
    Dialogue::say(fmt::format("{}: {}:{}", answers_.preset->id, answers_.preset->host,
                              answers_.preset->port));
    if (!answers_.preset->enable_page.empty())
      Dialogue::say(
          fmt::format("POP3 has to be switched on there first: {}", answers_.preset->enable_page));
  } else {
    ask_server();
  }
  ask_credentials();
  if (answers_.client_id.empty()) try_until_it_works();
  ask_account();
  ask_rule();
  write();
}

}  // namespace

int setup_command(const fs::path& config_file) {
  harden_process();
  log::configure(log::Level::error, log::Format::text);
  try {
    Setup setup(config_file);
    setup.run();
    return exit_ok;
  } catch (const Dialogue::Ended&) {
    explain({"nobody answers any more; nothing was written", "run postern setup again"});
  } catch (const GivenUp&) {
    explain({"nothing was written", "run postern setup again when you like"});
  } catch (const Problem& problem) {
    explain(problem);
  }
  return exit_failed;
}

}  // namespace postern::daemon
