#include "proxy/daemon/lend_login.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "config/load.h"
#include "proxy/daemon/control_server.h"
#include "proxy/daemon/status_report.h"
#include "sync/net/error.h"

namespace postern::daemon {
namespace {

using engine::LoginEnd;
using engine::LoginLoan;
using nlohmann::json;
using Answer = LoginLoan::Answer;
using Ending = engine::Schedule::Ending;

/// Longer than the deadlines of such a login together.
constexpr std::chrono::minutes longest_login{5};

constexpr std::array<std::pair<Answer, const char*>, 6> answer_names = {{
    {Answer::granted, "granted"},
    {Answer::too_soon, "too_soon"},
    {Answer::polling, "polling"},
    {Answer::refused_before, "refused_before"},
    {Answer::unknown_source, "unknown_source"},
    {Answer::troubled, "troubled"},
}};

constexpr std::array<std::pair<Ending, const char*>, 6> ending_names = {{
    {Ending::success, "success"},
    {Ending::failure, "failure"},
    {Ending::standing, "standing"},
    {Ending::throttled, "throttled"},
    {Ending::doubtful, "doubtful"},
    {Ending::refused, "refused"},
}};

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// Steady clocks of two processes need not agree; how long ago something was does not differ.
json ago(const std::optional<SteadyTime>& time) {
  if (!time) return nullptr;
  const auto past = std::chrono::steady_clock::now() - *time;
  return std::chrono::duration_cast<std::chrono::seconds>(past).count();
}

std::optional<SteadyTime> from_ago(const json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  return std::chrono::steady_clock::now() - std::chrono::seconds(value.get<std::int64_t>());
}

/// What the caller says about its login. Silence is taken for one that failed.
asio::awaitable<std::optional<LoginEnd>> end_of_login(LineChannel& channel) {
  try {
    const auto report = co_await channel.receive(longest_login);
    if (report && report->is_object() && report->contains("ended"))
      co_return login_end_from_json(report->at("ended"));
  } catch (const net::Error& error) {
    if (error.kind() == net::ErrorKind::cancelled) throw;
  }
  co_return LoginEnd{};
}

/// As it stands in the file now, which may be newer than what the daemon works with.
std::optional<config::Source> source_in_file(const std::filesystem::path& file,
                                             const std::string& account, const std::string& key) {
  const auto config = config::load(file);
  if (!config) return std::nullopt;
  const auto found = std::ranges::find(config->accounts, account, &config::Account::name);
  if (found == config->accounts.end()) return std::nullopt;
  const auto source = std::ranges::find(found->sources, key, &config::Source::key);
  if (source == found->sources.end()) return std::nullopt;
  return *source;
}

}  // namespace

json to_json(const LoginLoan& loan) {
  json out = {{"answer", ""},
              {"not_before", time_or_null(loan.not_before)},
              {"least_pause", to_json(loan.least)},
              {"history",
               {{"ever", loan.history.ever},
                {"last_success_ago", ago(loan.history.last_success)},
                {"refused_ago", ago(loan.history.refused_since)}}}};
  for (const auto& [value, name] : answer_names) {
    if (value == loan.answer) out["answer"] = name;
  }
  if (loan.token) out["token"] = std::string(loan.token->reveal());
  if (loan.trouble) {
    out["sign_in_needed"] = loan.trouble->state == engine::SourceState::sign_in_needed;
    out["trouble"] = loan.trouble->detail;
  }
  return out;
}

LoginLoan loan_from_json(const json& from) {
  LoginLoan loan;
  loan.answer = Answer::troubled;
  for (const auto& [value, name] : answer_names) {
    if (text_of(from, "answer") == name) loan.answer = value;
  }
  loan.not_before = time_from(from.value("not_before", json(nullptr)));
  loan.least = least_from_json(from.value("least_pause", json::object()));
  const json history = from.value("history", json::object());
  loan.history = {history.value("ever", false),
                  from_ago(history.value("last_success_ago", json(nullptr))),
                  from_ago(history.value("refused_ago", json(nullptr)))};
  if (from.contains("token")) loan.token.emplace(text_of(from, "token"));
  std::string words = text_of(from, "trouble");
  if (words.empty()) words = text_of(from, "error");
  if (!words.empty()) {
    const bool signed_out = from.value("sign_in_needed", false);
    loan.trouble = engine::Trouble{
        signed_out ? engine::SourceState::sign_in_needed : engine::SourceState::server_error,
        std::move(words)};
  }
  return loan;
}

json to_json(const std::optional<LoginEnd>& end) {
  if (!end) return nullptr;
  json out = {{"ending", ""}, {"login_delay", nullptr}};
  for (const auto& [value, name] : ending_names) {
    if (value == end->ending) out["ending"] = name;
  }
  if (end->login_delay) out["login_delay"] = end->login_delay->count();
  return out;
}

std::optional<LoginEnd> login_end_from_json(const json& from) {
  if (!from.is_object()) return std::nullopt;
  LoginEnd end;
  for (const auto& [value, name] : ending_names) {
    if (text_of(from, "ending") == name) end.ending = value;
  }
  const auto delay = from.find("login_delay");
  if (delay != from.end() && delay->is_number_unsigned())
    end.login_delay = std::chrono::seconds(delay->get<std::uint32_t>());
  return end;
}

asio::awaitable<void> lend_login(LineChannel& channel, const Daemon& daemon, const json& question) {
  const auto found = daemon.accounts().find(text_of(question, "account"));
  if (found == daemon.accounts().end()) {
    LoginLoan unknown;
    unknown.answer = Answer::unknown_source;
    const json answer = to_json(unknown);
    co_await channel.send(answer);
    co_return;
  }
  // A reload may take the account away meanwhile.
  const auto service = found->second;
  std::string key = text_of(question, "source");
  AccountService::Loan loan = co_await service->lend(std::move(key));
  const json answer = to_json(loan.login);
  const bool granted = loan.login.answer == Answer::granted;
  std::optional<LoginEnd> end;
  try {
    co_await channel.send(answer);
    if (!granted) co_return;
    end = co_await end_of_login(channel);
  } catch (const net::Error& error) {
    if (!granted || error.kind() == net::ErrorKind::cancelled) throw;
  }
  co_await AccountService::give_back(std::move(loan), end);
  const json done = {{"done", true}};
  co_await channel.send(done);
}

asio::awaitable<void> lend_token(LineChannel& channel, const Daemon& daemon, const json& question) {
  const auto found = daemon.accounts().find(text_of(question, "account"));
  LoginLoan unknown;
  unknown.answer = Answer::unknown_source;
  json answer = to_json(unknown);
  if (found != daemon.accounts().end()) {
    // A reload may take the account away meanwhile.
    const auto service = found->second;
    std::string key = text_of(question, "source");
    const LoginLoan loan = co_await service->lend_token(std::move(key));
    answer = to_json(loan);
  }
  co_await channel.send(answer);
}

asio::awaitable<std::string> note_login(const Daemon& daemon, std::string account,
                                        std::string source_key, engine::LoginEnd end) {
  const auto source = source_in_file(daemon.config().file, account, source_key);
  if (!source) co_return "the daemon runs with another configuration";
  const auto found = daemon.accounts().find(account);
  const auto service = found == daemon.accounts().end() ? nullptr : found->second;
  if (service) {
    co_await service->logged_in_elsewhere(*source, end);
    co_return "";
  }
  // Nobody else knows an account that is not in force yet.
  const auto coming =
      std::make_shared<AccountService>(daemon.executor(), account, daemon.config().state);
  co_await coming->start_at_rest({});
  const std::string problem = coming->problem() ? coming->problem()->text() : "";
  if (problem.empty()) co_await coming->logged_in_elsewhere(*source, end);
  co_await coming->stop();
  coming->close();
  co_return problem;
}

asio::awaitable<void> note_login(LineChannel& channel, const Daemon& daemon, const json& question) {
  const auto end = login_end_from_json(question.value("ended", json(nullptr)));
  std::string problem = "the daemon runs with another configuration";
  if (end) {
    problem = co_await note_login(daemon, text_of(question, "account"), text_of(question, "source"),
                                  *end);
  }
  const json reply = problem.empty() ? json{{"done", true}} : json{{"error", problem}};
  co_await channel.send(reply);
}

}  // namespace postern::daemon
