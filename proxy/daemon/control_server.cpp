#include "proxy/daemon/control_server.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include "proxy/daemon/archive/import_intake.h"
#include "proxy/daemon/devices/device_answers.h"
#include "proxy/daemon/devices/device_setup.h"
#include "proxy/daemon/lend_login.h"
#include "proxy/daemon/preview_text.h"
#include "proxy/daemon/state_folder.h"
#include "proxy/daemon/status_report.h"
#include "sync/base/log.h"

namespace postern::daemon {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds question_time{10};
/// How often the progress of a poll is told.
constexpr std::chrono::milliseconds progress_interval{150};

json sources_of(const std::vector<std::shared_ptr<AccountService>>& services) {
  json sources = json::array();
  for (const auto& service : services) {
    for (const auto& source : service->sources()) sources.push_back(to_json(source));
  }
  return sources;
}

json problems_of(const std::vector<std::shared_ptr<AccountService>>& services) {
  json problems = json::array();
  for (const auto& service : services) {
    if (service->problem()) problems.push_back(service->name() + ": " + service->problem()->text());
  }
  return problems;
}

}  // namespace

ControlServer::ControlServer(asio::any_io_executor executor, const Daemon& daemon)
    : executor_(executor), daemon_(daemon), tasks_(executor, "control") {}

std::optional<Problem> ControlServer::open() {
  auto opened = net::LocalListener::open(executor_, control_socket(daemon_.config().state));
  if (!opened) return opened.error();
  listener_.emplace(std::move(*opened));
  return std::nullopt;
}

void ControlServer::answer() {
  tasks_.spawn("accepting", accept());
}

void ControlServer::stop() {
  if (listener_) listener_->close();
  tasks_.cancel();
}

asio::awaitable<void> ControlServer::join() {
  co_await tasks_.join();
}

asio::awaitable<void> ControlServer::accept() {
  for (;;) {
    auto stream = co_await listener_->accept();
    tasks_.spawn("question", converse(std::move(stream)));
  }
}

asio::awaitable<void> ControlServer::converse(net::Stream stream) {
  LineChannel channel(std::move(stream));
  const auto question = co_await channel.receive(question_time);
  if (question && question->is_object()) co_await answer(channel, *question);
}

asio::awaitable<void> ControlServer::answer(LineChannel& channel, const json& question) {
  const auto ask = question.find("ask");
  const auto account = question.find("account");
  const std::string wanted =
      ask != question.end() && ask->is_string() ? ask->get<std::string>() : "";
  if (wanted == "status") {
    const json status = co_await status_of(daemon_);
    co_await channel.send(status);
  } else if (wanted == "sync") {
    std::string name;
    if (account != question.end() && account->is_string()) name = account->get<std::string>();
    const engine::PollWish wish = wish_from(question.value("wish", json()));
    co_await sync(channel, std::move(name), wish);
  } else if (wanted == "sign_in") {
    co_await sign_in(channel, question);
  } else if (wanted == "page") {
    const auto address = daemon_.invite();
    const json reply = address ? json{{"address", *address}}
                               : json{{"error",
                                       "no page is served here; write web: 127.0.0.1:8143 "
                                       "under listen: in the configuration"}};
    co_await channel.send(reply);
  } else if (wanted == "login") {
    co_await lend_login(channel, daemon_, question);
  } else if (wanted == "token") {
    co_await lend_token(channel, daemon_, question);
  } else if (wanted == "import") {
    co_await archive::answer_import(channel, daemon_, question);
  } else if (wanted == "logged_in") {
    co_await note_login(channel, daemon_, question);
  } else if (wanted.starts_with("device_")) {
    co_await device(channel, question);
  } else {
    const json refusal = {
        {"error", "this daemon does not know that question; restart it after an upgrade"}};
    co_await channel.send(refusal);
  }
}

asio::awaitable<void> ControlServer::device(LineChannel& channel, json question) {
  const DeviceWish wish = device_wish(question);
  auto answering = answer_device(daemon_.devices(), daemon_.config(), std::move(question));
  json answer = co_await std::move(answering);
  if (answer.contains("password") || answer.contains("certificate"))
    answer["listening"] = listening(daemon_);
  if (answer.contains("password")) {
    answer["link"] = new_link(daemon_, wish, Secret(answer.value("password", "")));
  }
  co_await channel.send(answer);
}

struct ControlServer::Polls {
  std::size_t running;
  asio::steady_timer ended;  ///< cancelled by the last one
};

asio::awaitable<void> ControlServer::poll(std::shared_ptr<AccountService> service,
                                          std::shared_ptr<Polls> polls, engine::PollWish wish) {
  struct AtEnd {
    std::shared_ptr<Polls> polls;
    ~AtEnd() {
      if (--polls->running == 0) polls->ended.cancel();
    }
  } at_end{polls};
  co_await service->poll_and_wait(wish);
}

asio::awaitable<void> ControlServer::sync(LineChannel& channel, std::string account,
                                          engine::PollWish wish) {
  co_await daemon_.settled();
  Services services;
  for (const auto& [name, service] : daemon_.accounts()) {
    if (account.empty() || name == account) services.push_back(service);
  }
  if (services.empty() && !account.empty()) {
    const json refusal = {{"error", unknown_account(account, daemon_.config())}};
    co_await channel.send(refusal);
    co_return;
  }
  if (wish != engine::PollWish::dry_run)
    for (const auto& service : services) service->send_now();
  json line = {{"sources", sources_of(services)}};
  const auto polls = std::make_shared<Polls>(Polls{services.size(), asio::steady_timer(executor_)});
  for (const auto& service : services)
    tasks_.spawn("sync " + service->name(), poll(service, polls, wish));
  while (polls->running > 0) {
    co_await channel.send(line);
    if (polls->running > 0) {
      polls->ended.expires_after(progress_interval);
      asio::error_code woken;
      co_await polls->ended.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
    line = {{"sources", sources_of(services)}};
  }
  if (wish == engine::PollWish::dry_run) {
    for (json& preview : previews_of(services)) {
      const json part = {{"preview", std::move(preview)}};
      co_await channel.send(part);
    }
  }
  line["done"] = true;
  line["problems"] = problems_of(services);
  co_await channel.send(line);
}

asio::awaitable<void> ControlServer::sign_in(LineChannel& channel, const json& question) {
  const auto text = [&question](const char* name) {
    const auto found = question.find(name);
    return found != question.end() && found->is_string() ? found->get<std::string>() : "";
  };
  const std::string account = text("account");
  const auto found = daemon_.accounts().find(account);
  // A reload may take the account away while the grant is being stored.
  const auto service = found == daemon_.accounts().end() ? nullptr : found->second;
  json reply = {{"done", true}};
  if (!service) {
    reply = {{"error", unknown_account(account, daemon_.config())}};
  } else {
    // The same shape as the provider's answer, so the same checks.
    const Secret body(question.value("grant", json::object()).dump());
    auto grant = wire::oauth::parse_grant(200, body);
    std::optional<Problem> problem;
    if (!grant) {
      problem = Problem{grant.error().words, "sign in again"};
    } else {
      problem = co_await service->keep_grant(text("source"), std::move(*grant));
    }
    const auto sources = service->sources();
    reply["polled"] =
        std::ranges::find(sources, text("source"), &engine::SourceStatus::source) != sources.end();
    if (problem) reply = {{"error", problem->text()}};
  }
  co_await channel.send(reply);
}

std::string unknown_account(const std::string& name, const config::Config& config) {
  std::string known;
  for (const auto& account : config.accounts) known += (known.empty() ? "" : ", ") + account.name;
  return fmt::format("there is no account {}; {} names: {}", log::quoted(name),
                     config.file.string(), known);
}

}  // namespace postern::daemon
