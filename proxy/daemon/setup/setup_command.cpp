#include <algorithm>
#include <cstdio>
#include <string_view>

#include <fmt/core.h>

#include "config/load.h"
#include "proxy/daemon/commands.h"
#include "proxy/daemon/exit_status.h"
#include "proxy/daemon/serve.h"
#include "proxy/daemon/setup/dialogue.h"
#include "proxy/daemon/setup/first_login.h"
#include "proxy/daemon/setup/interview.h"
#include "proxy/daemon/setup/network.h"
#include "proxy/daemon/setup/write_source.h"
#include "proxy/daemon/terminal.h"
#include "sync/base/log.h"

namespace postern::daemon {
namespace {

namespace fs = std::filesystem;
using setup::Answers;
using setup::Dialogue;
using setup::Interview;

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

/// `postern setup` from the first question to the last word.
class Setup {
 public:
  explicit Setup(fs::path file) : file_(std::move(file)) {}
  int run();

 private:
  void read_what_is_there();
  void write(const Interview& interview);
  void say_what_comes_next(const Interview& interview, const config::Config& config);
  void say_when_mail_comes(const Interview& interview, const config::Config& config);
  int sign_in(const Answers& answers);

  fs::path file_;
  std::string text_;  ///< of the file, empty if there is none
  std::vector<std::string> accounts_;
  setup::TerminalDialogue dialogue_;
  fs::path password_file_;  ///< of a new account
};

void Setup::write(const Interview& interview) {
  const auto written =
      setup::write_source(file_, text_, interview.answers(), interview.account_password());
  if (!written) throw Problem(written.error());
  dialogue_.say(fmt::format("\nWritten: {}; the passwords are in files of their own in {}.",
                            file_.string(),
                            (fs::absolute(file_).parent_path() / "secrets").string()));
  password_file_ = *written;
}

/// The login that was just made counts at the provider.
void Setup::say_when_mail_comes(const Interview& interview, const config::Config& config) {
  if (!interview.last_login()) return;
  const engine::LoginEnd& end = *interview.last_login();
  const config::Source source = interview.answers().source();
  const auto told = setup::tell_of_login(config, interview.answers().account, source.key(), end);
  const auto least = std::max<std::chrono::seconds>(
      source.shortest_poll, end.login_delay.value_or(std::chrono::seconds(0)));
  if (least == std::chrono::seconds(0)) return;
  const std::string time = time_text(iso8601(wall_now() + least));
  dialogue_.say(fmt::format(
      "\nThis provider wants {} between two logins, and this was one: {}.", duration_text(least),
      told == setup::Told::yes
          ? fmt::format("the first mail comes from {} on", time)
          : fmt::format("start the daemon, or reload it, at {}, not sooner", time)));
}

/// "server 127.0.0.1, port 1143"
std::string reached_at(const std::string& address) {
  return fmt::format("server {}, port {}", address.substr(0, address.rfind(':')),
                     address.substr(address.rfind(':') + 1));
}

void Setup::say_what_comes_next(const Interview& interview, const config::Config& config) {
  const Answers& answers = interview.answers();
  const auto& imap = config.listen.imap;
  std::string text = "\nWhat comes next:\n";
  if (!answers.client_id.empty())
    text += fmt::format("  postern login {}   sign in at the provider, in a browser\n",
                        answers.account);
  text +=
      "  postern run        the daemon; systemctl reload postern if it runs already\n"
      "  postern status     what it is doing\n\n";
  text += fmt::format("In the mail program: IMAP, {}, user {}",
                      reached_at(imap.empty() ? "127.0.0.1:1143" : imap.front()), answers.account);
  text += interview.account_password().empty()
              ? ", the password of that account."
              : fmt::format(",\nthe password that stands in {}.", password_file_.string());
  const auto& submission = config.listen.submission;
  if (answers.sends) {
    text += submission.empty()
                ? "\nTo send, write submission: 127.0.0.1:1587 below listen: in the configuration."
                : fmt::format("\nTo send: SMTP, {}, the same user and password.",
                              reached_at(submission.front()));
  }
  dialogue_.say(text);
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
    const auto parsed = config::load(file_);
    if (!parsed)
      throw Problem{"the configuration has mistakes: " + parsed.error().front().text(),
                    "mend them first: postern check"};
    for (const auto& account : parsed->accounts) accounts_.push_back(account.name);
  }
  dialogue_.say(fmt::format("{} is there already: this adds to it.", file_.string()));
}

int Setup::sign_in(const Answers& answers) {
  auto now = Dialogue::Answer::no;
  try {
    now = dialogue_.confirm("\nSign in at the provider now, in a browser", Dialogue::Answer::yes);
  } catch (const Dialogue::Ended&) {
    dialogue_.say("");  // All is written; the sign-in can wait.
  }
  int status = exit_ok;
  if (now == Dialogue::Answer::yes)
    status = login_command(file_, {answers.account, answers.source().key(), {}});
  if (now == Dialogue::Answer::no || status != exit_ok) {
    dialogue_.say(fmt::format("Nothing is fetched before you have signed in: postern login {}",
                              answers.account));
  }
  return status;
}

int Setup::run() {
  read_what_is_there();
  setup::RealNetwork network;
  Interview interview(dialogue_, network, accounts_);
  interview.run();
  write(interview);
  const auto config = config::load(file_);
  if (!config)
    throw Problem{"the configuration has mistakes: " + config.error().front().text(),
                  "mend them: postern check"};
  say_when_mail_comes(interview, *config);
  say_what_comes_next(interview, *config);
  return interview.answers().client_id.empty() ? exit_ok : sign_in(interview.answers());
}

}  // namespace

int setup_command(const fs::path& config_file) {
  harden_process();
  log::configure(log::Level::error, log::Format::text);
  try {
    Setup setup(config_file);
    return setup.run();
  } catch (const Dialogue::Ended&) {
    explain({"nobody answers any more; nothing was written", "run postern setup again"});
  } catch (const Interview::GivenUp&) {
    explain({"nothing was written", "run postern setup again when you like"});
  } catch (const Problem& problem) {
    explain(problem);
  }
  return exit_failed;
}

}  // namespace postern::daemon
