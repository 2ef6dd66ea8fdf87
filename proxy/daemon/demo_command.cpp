#include <signal.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include <fmt/core.h>
#include <asio/io_context.hpp>

#include "proxy/daemon/commands.h"
#include "proxy/daemon/exit_status.h"
#include "proxy/daemon/sample_mail.h"
#include "proxy/daemon/serve.h"
#include "proxy/daemon/terminal.h"
#include "sync/net/listener.h"

namespace postern::daemon {
namespace {

namespace fs = std::filesystem;

constexpr const char* provider = "provider";
constexpr const char* user = "demo";
constexpr std::size_t sample_count = 320;

/// A folder that goes away with the demo.
class TemporaryState {
 public:
  TemporaryState() {
    std::string name = (fs::temp_directory_path() / "postern-demo-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error("cannot make a folder in " + name);
    path_ = name;
  }
  TemporaryState(const TemporaryState&) = delete;
  ~TemporaryState() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Ctrl-C while the demo is being made ready waits until it can be ended in order, so that its
/// folder does not stay behind.
class HeldSignals {
 public:
  HeldSignals() {
    sigset_t wanted;
    ::sigemptyset(&wanted);
    ::sigaddset(&wanted, SIGINT);
    ::sigaddset(&wanted, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &wanted, &before_);
  }
  HeldSignals(const HeldSignals&) = delete;
  ~HeldSignals() { release(); }
  void release() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

/// The usual port of the demo, or a free one if another program has it.
std::string free_address(std::uint16_t usual) {
  asio::io_context io(1);
  for (const std::uint16_t port : {usual, std::uint16_t{0}}) {
    const auto listener = net::Listener::open(io.get_executor(), fmt::format("127.0.0.1:{}", port));
    if (listener) return listener->address();
  }
  throw std::runtime_error("no port on 127.0.0.1 is free");
}

config::SecretSource plain(const char* password) {
  return {config::SecretSource::Plain{Secret(password)}};
}

config::Config demo_config(const fs::path& state) {
  config::Config config;
  config.state = state;
  config.log_level = log::Level::warning;
  const std::string pop3 = free_address(1110);
  config.listen.imap = {free_address(1143)};
  config.listen.pop3 = {pop3};
  config.listen.web = {free_address(8143)};
  config::Source source;
  source.server = {"127.0.0.1",
                   static_cast<std::uint16_t>(std::stoi(pop3.substr(pop3.rfind(':') + 1)))};
  source.tls = config::Tls::none;
  source.username = provider;
  source.password = plain("the provider's password");
  source.keep_on_server.rule = config::KeepOnServer::Rule::until_deleted;
  source.poll = std::chrono::minutes(1);
  config.accounts = {{provider, source.password, {}, {}, {}},
                     {user, plain(user), {source}, {}, {}}};
  return config;
}

/// Puts the sample mail into the provider's INBOX, unless it is there from an earlier demo.
std::optional<Problem> seed(const fs::path& state) {
  if (auto made = private_folder(state / "accounts"); !made) return made.error();
  auto opened = store::Account::open({.folder = account_folder(state, provider)});
  if (!opened) return opened.error();
  const auto failure = add_sample_mail(**opened, sample_count);
  (*opened)->close();
  if (!failure) return std::nullopt;
  return Problem{fmt::format("the sample mail cannot be stored: {}", failure->what()),
                 "is the disk full? Name another folder with --state"};
}

void print_instructions(const Daemon& daemon) {
  const Output output = standard_output();
  const auto bold = [output](const std::string& text) { return styled(output, Style::bold, text); };
  std::string imap;
  std::string pop3;
  for (const auto& place : daemon.faces().places()) {
    const std::string port = place.address.substr(place.address.rfind(':') + 1);
    if (place.face == Face::imap) imap = port;
    if (place.face == Face::pop3) pop3 = port;
  }
  fmt::print(
      "This is Postern with a mail provider of its own, all on this machine.\n"
      "The provider offers POP3 only and holds {} sample messages; the account\n"
      "\"demo\" pulls from it. Type this into a mail program:\n\n"
      "  IMAP server   {}, port {}\n"
      "  Security      none (or STARTTLS)\n"
      "  User name     {}\n"
      "  Password      {}\n\n"
      "What you delete there goes away at the provider too: POP3 on 127.0.0.1, port {},\n"
      "user \"{}\", password \"the provider's password\".\n"
      "A page about it, which the link opens once:\n  {}\n"
      "The mail is in {}. End the demo with Ctrl-C.\n",
      sample_count, bold("127.0.0.1"), bold(imap), bold(user), bold(user), pop3, provider,
      daemon.invite().value_or(""), daemon.config().state.string());
  std::fflush(stdout);
}

int demo(const fs::path& state, HeldSignals& signals) {
  const auto folder = StateFolder::open(state);
  if (!folder) {
    explain(folder.error());
    return exit_failed;
  }
  if (const auto problem = seed(state)) {
    explain(*problem);
    return exit_failed;
  }
  ServeOptions options;
  options.on_ready = [&signals](const Daemon& daemon) {
    print_instructions(daemon);
    signals.release();
  };
  return serve(demo_config(state), *folder, std::move(options));
}

}  // namespace

int demo_command(const std::optional<fs::path>& state) {
  harden_process();
  log::configure(log::Level::warning, log::Format::text);
  HeldSignals signals;
  if (state) return demo(fs::absolute(*state), signals);
  const TemporaryState temporary;
  return demo(temporary.path(), signals);
}

}  // namespace postern::daemon
