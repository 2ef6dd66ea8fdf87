#include "proxy/daemon/page/new_account.h"

#include <algorithm>
#include <array>
#include <expected>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "config/load.h"
#include "config/provider.h"
#include "config/values.h"
#include "proxy/daemon/daemon.h"
#include "proxy/daemon/doctor/encounter.h"
#include "proxy/daemon/lend_login.h"
#include "proxy/daemon/setup/dialogue.h"
#include "proxy/daemon/setup/find_server.h"
#include "proxy/daemon/setup/write_source.h"

namespace postern::daemon::page {
namespace {

using nlohmann::json;
using setup::Answers;

constexpr std::chrono::minutes draft_lifetime{15};

/// Nobody is asked anything.
class Silence : public setup::Dialogue {
 public:
  void say(std::string_view /*text*/) override {}

 private:
  std::optional<std::string> read(std::string_view /*prompt*/, Typed /*typed*/) override {
    return std::nullopt;
  }
};

class Busy {
 public:
  explicit Busy(bool& flag) : flag_(flag) { flag_ = true; }
  Busy(const Busy&) = delete;
  ~Busy() { flag_ = false; }

 private:
  bool& flag_;
};

Problem is_busy() {
  return {"another account is being added at this moment", "try again in a minute"};
}

std::string text_of(const json& question, const char* key) {
  const auto found = question.find(key);
  return found != question.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool signs_in(const std::optional<config::Preset>& preset) {
  return preset && preset->auth == config::Preset::Auth::oauth_only;
}

std::string text_of(const setup::Server& server) {
  return fmt::format("{}:{}", server.host, server.port);
}

/// What a person typed in the field for a name or a password: one line.
std::optional<Problem> wrong_line(std::string_view text, const char* what) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; };
  if (text.empty()) return Problem{fmt::format("the {} is empty", what), "type it in"};
  if (text.size() > 1000 || std::ranges::any_of(text, control))
    return Problem{fmt::format("that is no {}", what), "type it in again"};
  return std::nullopt;
}

/// Where the mail is: as the preset has it, or at the server that was named.
asio::awaitable<std::expected<setup::Server, Problem>> server_for(Answers& answers,
                                                                  std::string named) {
  if (answers.preset && named.empty()) {
    co_return setup::Server{answers.preset->host, answers.preset->port, answers.preset->tls};
  }
  answers.preset.reset();
  if (named.empty()) co_return std::unexpected(Problem{"the server is missing", "name it"});
  Silence silence;
  const auto found = co_await setup::find_server(setup::servers_named(named), silence);
  if (found.trouble) co_return std::unexpected(Problem{found.trouble->detail, ""});
  co_return *found.server;
}

}  // namespace

bool NewAccount::has_account(const std::string& name) const {
  return std::ranges::find(daemon_.config().accounts, name, &config::Account::name) !=
         daemon_.config().accounts.end();
}

asio::awaitable<NewAccount::Reply> NewAccount::look(json question) {
  const auto address = config::mail_address(text_of(question, "address"));
  if (!address) co_return std::unexpected(address.error());
  json out = {{"address", *address}, {"account", setup::account_name_for(*address)}};
  out["accounts"] = json::array();
  for (const auto& account : daemon_.config().accounts) out["accounts"].push_back(account.name);
  const auto preset = config::preset(*address, config::MailProtocol::pop3);
  if (preset) {
    out["provider"] = preset->id;
    out["server"] = fmt::format("{}:{}", preset->host, preset->port);
    out["username"] = preset->login_name(*address);
    out["enable_page"] = preset->enable_page;
    out["sign_in"] = signs_in(preset);
    out["encrypted"] = preset->tls != config::Tls::none;
    co_return out;
  }
  if (busy_) co_return std::unexpected(is_busy());
  const Busy busy(busy_);
  Silence silence;
  const std::string domain = address->substr(address->rfind('@') + 1);
  const auto found = co_await setup::find_server(setup::usual_servers(domain), silence);
  out["username"] = *address;
  if (found.server && !found.trouble) out["server"] = text_of(*found.server);
  co_return out;
}

asio::awaitable<NewAccount::Reply> NewAccount::attempt(json question) {
  if (busy_) co_return std::unexpected(is_busy());
  const Busy busy(busy_);
  Draft draft;
  Answers& answers = draft.answers;
  const auto address = config::mail_address(text_of(question, "address"));
  if (!address) co_return std::unexpected(address.error());
  answers.address = *address;
  answers.preset = config::preset(*address, config::MailProtocol::pop3);
  answers.username = text_of(question, "username");
  std::string password = text_of(question, "password");
  if (auto problem = wrong_line(answers.username, "user name")) co_return std::unexpected(*problem);
  if (auto problem = wrong_line(password, "password")) co_return std::unexpected(*problem);
  answers.password = Secret(std::move(password));
  const auto server = co_await server_for(answers, text_of(question, "server"));
  if (!server) co_return std::unexpected(server.error());
  answers.server = {server->host, server->port};
  answers.tls = server->tls;
  if (answers.tls == config::Tls::none && !config::is_loopback(answers.server.host)) {
    co_return std::unexpected(
        Problem{"this server offers no encryption", "postern setup asks what to do about it"});
  }
  config::Source source = answers.source();
  Secret secret = answers.password;
  const doctor::Encounter encounter =
      co_await doctor::meet(std::move(source), std::move(secret), doctor::Depth::login);
  if (encounter.trouble) co_return std::unexpected(Problem{encounter.trouble->detail, ""});
  const SteadyTime now = std::chrono::steady_clock::now();
  draft.login = doctor::login_end(encounter, {}, now);
  draft.until = now + draft_lifetime;
  draft.name = std::string(setup::new_password().reveal());
  json out = {
      {"messages", encounter.messages}, {"octets", encounter.octets}, {"draft", draft.name}};
  draft_ = std::move(draft);
  co_return out;
}

asio::awaitable<NewAccount::Reply> NewAccount::add(json question) {
  const SteadyTime now = std::chrono::steady_clock::now();
  if (!draft_ || draft_->until < now || draft_->name != text_of(question, "draft"))
    co_return std::unexpected(Problem{"that login was tried too long ago", "begin again"});
  const auto name = config::account_name(text_of(question, "account"));
  if (!name) co_return std::unexpected(name.error());
  constexpr std::array<std::string_view, 3> rules{"forever", "until-deleted", "30 days"};
  const std::string rule = text_of(question, "rule");
  if (std::ranges::find(rules, rule) == rules.end())
    co_return std::unexpected(Problem{"nobody said what becomes of the messages", "choose"});
  if (busy_) co_return std::unexpected(is_busy());
  const Busy busy(busy_);
  Draft draft = std::move(*draft_);
  draft_.reset();
  draft.answers.account = *name;
  draft.answers.keep_on_server = rule;
  const bool is_new = !has_account(*name);
  const Secret password = is_new ? setup::new_password() : Secret();
  const auto unwritten = write(draft.answers, password);
  if (unwritten) {
    draft_ = std::move(draft);
    co_return std::unexpected(*unwritten);
  }
  const auto problem = co_await put_in_force(draft.answers, draft.login);
  json out = {{"account", *name}, {"imap", json::array()}};
  if (problem) {
    out["problem"] = problem->what;
    out["advice"] = problem->advice;
  }
  if (is_new) out["password"] = password.reveal();
  for (const auto& place : daemon_.faces().places())
    if (place.face == Face::imap || place.face == Face::imaps) out["imap"].push_back(place.address);
  const auto announced = draft.login ? draft.login->login_delay.value_or(std::chrono::seconds(0))
                                     : std::chrono::seconds(0);
  out["pause"] =
      std::max<std::chrono::seconds>(draft.answers.source().shortest_poll, announced).count();
  co_return out;
}

std::optional<Problem> NewAccount::write(const Answers& answers,
                                         const Secret& account_password) const {
  const std::filesystem::path file = std::filesystem::absolute(daemon_.config().file);
  const auto text = config::read_text(file);
  if (!text) return text.error();
  if (const auto loaded = config::load(file); !loaded)
    return Problem{"the configuration has mistakes: " + loaded.error().front().text(),
                   "mend them first: postern check"};
  const auto written = setup::write_source(file, *text, answers, account_password);
  if (!written) return written.error();
  return std::nullopt;
}

asio::awaitable<std::optional<Problem>> NewAccount::put_in_force(
    const Answers& answers, const std::optional<engine::LoginEnd>& login) {
  // The login that was just made counts at the provider, so it is known before the first poll.
  if (login) co_await note_login(daemon_, answers.account, answers.source().key(), *login);
  if (!daemon_.ask_for_reload())
    co_return Problem{"it is written, but this daemon cannot read it", "restart it"};
  co_await daemon_.settled();
  if (!daemon_.reload_problem().empty())
    co_return Problem{"it is written, but not in force: " + daemon_.reload_problem(),
                      "postern check says more"};
  co_return std::nullopt;
}

}  // namespace postern::daemon::page
