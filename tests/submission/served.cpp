#include "tests/submission/served.h"

#include <future>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <asio/co_spawn.hpp>
#include <asio/use_future.hpp>

namespace postern::submission::test {

namespace {

using wire::smtp::EnhancedStatus;
using wire::smtp::Reply;

Reply reply(unsigned code, EnhancedStatus status, std::string text) {
  return {code, status, {std::move(text)}};
}

class Taken final : public engine::handover::Handover {
 public:
  asio::awaitable<Reply> recipient(wire::smtp::Recipient recipient) override {
    if (recipient.address.starts_with("unknown@")) co_return reply(550, {5, 1, 1}, "nobody");
    if (recipient.address.starts_with("busy@")) co_return reply(450, {4, 2, 1}, "later");
    lost_ = lost_ || recipient.address.starts_with("lost@");
    ++recipients_;
    co_return reply(250, {2, 1, 5}, "good");
  }
  asio::awaitable<void> feed(std::string octets) override {
    octets_ += octets.size();
    co_return;
  }
  asio::awaitable<Reply> end(wire::smtp::ContentCheck::Found /*content*/) override {
    if (lost_) co_return reply(451, {4, 3, 0}, "not now");
    co_return reply(250, {2, 0, 0}, fmt::format("for {}: {} octets", recipients_, octets_));
  }

 private:
  bool lost_ = false;
  std::size_t recipients_ = 0;
  std::size_t octets_ = 0;
};

class Postbox final : public engine::handover::Postbox {
 public:
  asio::awaitable<Begun> begin(wire::smtp::Sender sender,
                               std::optional<std::uint64_t> /*octets*/) override {
    if (sender.address != "anna@example.org")
      co_return std::unexpected(reply(550, {5, 7, 1}, "not yours"));
    co_return std::make_unique<Taken>();
  }
};

Limits limits() {
  Limits limits;
  limits.message = 1000;
  limits.recipients = 3;
  limits.bad_commands = 4;
  return limits;
}

access::ThrottleRules no_pauses() {
  access::ThrottleRules rules;
  rules.first_pause = rules.longest_pause = std::chrono::seconds(0);
  return rules;
}

}  // namespace

Served::Served() : directory_(no_pauses()), work_(io_.get_executor()) {
  account_ = *store::Account::open({.folder = folder_.path() / "anna"});
  directory_.set("anna", Secret("sesame"), {"anna", account_, [] {}, std::make_shared<Postbox>()});
  server_.emplace(io_.get_executor(), directory_, nullptr, limits());
  auto listener = net::Listener::open(io_.get_executor(), "127.0.0.1:0").value();
  port_ = listener.port();
  server_->serve(std::move(listener));
  thread_ = std::thread([this] { io_.run(); });
}

Served::~Served() {
  std::packaged_task<void()> stop([this] {
    server_->stop();
    server_->cancel();
  });
  asio::post(io_, std::move(stop)).get();
  asio::co_spawn(io_, server_->join(), asio::use_future).get();
  work_.reset();
  thread_.join();
  account_->close();
}

}  // namespace postern::submission::test
