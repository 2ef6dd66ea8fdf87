#include "proxy/daemon/doctor/lender.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "proxy/daemon/at_rest.h"
#include "proxy/daemon/control_client.h"
#include "proxy/daemon/lend_login.h"
#include "proxy/daemon/line_channel.h"
#include "sync/net/error.h"
#include "sync/net/local.h"

namespace postern::daemon::doctor {
namespace {

using engine::LoginEnd;
using engine::LoginLoan;
using nlohmann::json;

/// A poll of the same maildrop may have to end first.
constexpr std::chrono::seconds patience{60};

LoginLoan troubled(const Problem& problem) {
  LoginLoan loan;
  loan.answer = LoginLoan::Answer::troubled;
  loan.trouble = engine::Trouble{engine::SourceState::server_error, problem.text()};
  return loan;
}

/// Asks over the control socket; the connection lasts as long as the loan.
class DaemonLender : public Lender {
 public:
  DaemonLender(std::filesystem::path state, std::string account)
      : state_(std::move(state)), account_(std::move(account)) {}

  asio::awaitable<LoginLoan> lend(std::string source_key) override {
    json question = {{"ask", "login"}, {"account", account_}, {"source", std::move(source_key)}};
    LoginLoan loan = co_await ask(std::move(question));
    if (loan.answer != LoginLoan::Answer::granted) channel_.reset();
    co_return loan;
  }

  asio::awaitable<LoginLoan> lend_token(std::string source_key) override {
    json question = {{"ask", "token"}, {"account", account_}, {"source", std::move(source_key)}};
    LoginLoan loan = co_await ask(std::move(question));
    channel_.reset();
    co_return loan;
  }

  asio::awaitable<void> give_back(std::optional<LoginEnd> end) override {
    const json report = {{"ended", to_json(end)}};
    try {
      co_await channel_->send(report);
      (void)co_await channel_->receive(patience);
    } catch (const net::Error& error) {
      // A daemon that ended meanwhile wrote the login down before it was granted.
      if (error.kind() == net::ErrorKind::cancelled) throw;
    }
    channel_.reset();
  }

 private:
  asio::awaitable<LoginLoan> ask(json question) {
    try {
      net::Stream stream = co_await net::dial_local(control_socket(state_));
      channel_.emplace(std::move(stream));
      co_await channel_->send(question);
      const auto answer = co_await channel_->receive(patience);
      if (answer && answer->is_object()) co_return loan_from_json(*answer);
    } catch (const net::Error& error) {
      if (error.kind() == net::ErrorKind::cancelled) throw;
    }
    co_return troubled({"the daemon did not say whether one may log in now", "try again"});
  }

  std::filesystem::path state_;
  std::string account_;
  std::optional<LineChannel> channel_;
};

/// Works on the store of the account itself, and holds the lock of the state folder meanwhile.
class StoreLender : public Lender {
 public:
  StoreLender(asio::any_io_executor executor, config::Config config, config::Account account)
      : executor_(std::move(executor)), config_(std::move(config)), account_(std::move(account)) {
    config_.accounts = {account_};
  }

  asio::awaitable<LoginLoan> lend_token(std::string source_key) override {
    if (const auto problem = co_await open()) co_return troubled(*problem);
    const auto service = rest_->accounts().front();
    LoginLoan loan = co_await service->lend_token(std::move(source_key));
    co_await end();
    co_return loan;
  }

  asio::awaitable<LoginLoan> lend(std::string source_key) override {
    if (const auto problem = co_await open()) co_return troubled(*problem);
    const auto service = rest_->accounts().front();
    AccountService::Loan loan = co_await service->lend(std::move(source_key));
    source_ = loan.source;
    const bool granted = loan.login.answer == LoginLoan::Answer::granted;
    if (!granted) co_await end();
    co_return std::move(loan.login);
  }

  asio::awaitable<void> give_back(std::optional<LoginEnd> end) override {
    AccountService::Loan loan;
    loan.source = source_;
    co_await AccountService::give_back(std::move(loan), end);
    co_await this->end();
  }

 private:
  asio::awaitable<std::optional<Problem>> open() {
    auto rest = AtRest::open(executor_, config_);
    if (!rest) co_return rest.error();
    rest_.emplace(std::move(*rest));
    const auto service = rest_->accounts().front();
    std::vector<config::Source> sources = account_.sources;
    co_await service->start_at_rest(std::move(sources));
    co_return service->problem();
  }
  asio::awaitable<void> end() {
    source_.reset();
    const auto service = rest_->accounts().front();
    co_await service->stop();
    rest_.reset();
  }

  asio::any_io_executor executor_;
  config::Config config_;
  config::Account account_;
  std::optional<AtRest> rest_;
  decltype(AccountService::Loan::source) source_;
};

/// Nobody may be asked.
class NoLender : public Lender {
 public:
  explicit NoLender(Problem problem) : problem_(std::move(problem)) {}
  asio::awaitable<LoginLoan> lend(std::string /*source_key*/) override {
    co_return troubled(problem_);
  }
  asio::awaitable<LoginLoan> lend_token(std::string /*source_key*/) override {
    co_return troubled(problem_);
  }
  asio::awaitable<void> give_back(std::optional<LoginEnd> /*end*/) override { co_return; }

 private:
  Problem problem_;
};

}  // namespace

std::unique_ptr<Lender> lender(asio::any_io_executor executor, const config::Config& config,
                               const config::Account& account) {
  const json question = {{"ask", "status"}};
  switch (ask_daemon(config.state, question, [](const json&) {})) {
    case Asked::nobody: return std::make_unique<StoreLender>(std::move(executor), config, account);
    case Asked::forbidden: return std::make_unique<NoLender>(forbidden(config.state));
    case Asked::answered:
    case Asked::lost: break;
  }
  return std::make_unique<DaemonLender>(config.state, account.name);
}

}  // namespace postern::daemon::doctor
