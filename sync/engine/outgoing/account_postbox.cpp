#include "sync/engine/outgoing/account_postbox.h"

#include <algorithm>
#include <utility>

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include "sync/base/log.h"
#include "sync/engine/outgoing/delivery.h"
#include "sync/engine/outgoing/incoming.h"
#include "sync/engine/outgoing/retry.h"
#include "sync/engine/store_work.h"
#include "sync/net/dial.h"
#include "sync/net/error.h"
#include "sync/wire/smtp/path.h"

namespace postern::engine::outgoing {

namespace {

/// The wall clock may be set meanwhile.
constexpr std::chrono::seconds longest_sleep{60};

bool sends_for(const config::Outgoing& server, const std::string& sender) {
  return std::ranges::any_of(server.from, [&](const std::string& address) {
    return wire::smtp::same_mailbox(address, sender);
  });
}

}  // namespace

AccountPostbox::AccountPostbox(asio::any_io_executor executor, std::string account,
                               std::shared_ptr<store::Account> store,
                               std::filesystem::path token_key, upstream::SmtpDeadlines deadlines)
    : account_(std::move(account)),
      store_(std::move(store)),
      token_key_(std::move(token_key)),
      deadlines_(deadlines),
      tasks_(executor, "outgoing"),
      wakeup_(executor) {}

AccountPostbox::~AccountPostbox() = default;

void AccountPostbox::configure(const std::vector<config::Outgoing>& servers,
                               const std::vector<config::Source>& sources) {
  std::vector<std::shared_ptr<Server>> old = std::exchange(servers_, {});
  for (const config::Outgoing& config : servers) {
    const auto source = std::ranges::find(sources, config.source, &config::Source::key);
    std::optional<config::Source> signs_in;
    if (source != sources.end()) signs_in = *source;
    const auto same =
        std::ranges::find_if(old, [&](const auto& server) { return server->is(config, signs_in); });
    servers_.push_back(same != old.end()
                           ? *same
                           : std::make_shared<Server>(account_, config, std::move(signs_in), store_,
                                                      token_key_, deadlines_));
  }
  wake();
}

std::shared_ptr<Server> AccountPostbox::server_for(const std::string& sender) const {
  if (servers_.empty()) return nullptr;
  if (sender.empty()) return servers_.front();
  const auto fits = std::ranges::find_if(
      servers_, [&](const auto& server) { return sends_for(server->config(), sender); });
  return fits == servers_.end() ? nullptr : *fits;
}

/// The one it was queued for, or, if that is gone, another one that sends for this address.
std::shared_ptr<Server> AccountPostbox::server_of(const store::Submission& submission) const {
  const auto same = std::ranges::find_if(
      servers_, [&](const auto& server) { return server->config().key() == submission.outgoing; });
  return same != servers_.end() ? *same : server_for(submission.sender);
}

asio::awaitable<handover::Postbox::Begun> AccountPostbox::begin(
    wire::smtp::Sender sender, std::optional<std::uint64_t> octets) {
  using wire::smtp::Reply;
  std::shared_ptr<Server> server = server_for(sender.address);
  if (!server) {
    const std::string what =
        servers_.empty() ? "this account has no outgoing server; write one into its configuration"
                         : "this account does not send for that address; write it into `from:` of "
                           "one of its outgoing servers";
    co_return std::unexpected(Reply{550, wire::smtp::EnhancedStatus{5, 7, 1}, {what}});
  }
  auto incoming =
      std::make_unique<Incoming>(store_, std::move(server), std::move(sender), [this] { wake(); });
  if (auto refused = co_await incoming->begin(octets)) co_return std::unexpected(*refused);
  co_return incoming;
}

asio::awaitable<void> AccountPostbox::deliver(SubmissionId id, std::shared_ptr<Server> server) {
  struct Release {
    AccountPostbox& postbox;
    Server* server;
    ~Release() {
      postbox.busy_.erase(server);
      postbox.wake();
    }
  } release{*this, server.get()};
  Delivery delivery(store_, server);
  bool stored = true;
  try {
    co_await delivery.attempt(id);
  } catch (const store::StoreFailure& failure) {
    log::error("outgoing", "{}: {}", account_, store::problem_of(failure).text());
    stored = false;
  }
  // Nothing was settled; without a pause it would be tried again at once.
  if (!stored) co_await net::pause(longest_sleep);
}

asio::awaitable<void> AccountPostbox::end_idle(std::shared_ptr<Server> server) {
  co_await server->end_idle(std::chrono::steady_clock::now());
}

/// Begins what is due, as far as its server is free. When to look again.
asio::awaitable<SteadyTime> AccountPostbox::start_due() {
  auto work = [](store::Reader& reader) { return reader.submissions(); };
  const auto queue = co_await read(*store_, std::move(work));
  const WallTime now = wall_now();
  SteadyTime next = std::chrono::steady_clock::now() + longest_sleep;
  const bool at_once = std::exchange(at_once_, false);
  for (const store::Submission& submission : queue) {
    const WallTime due =
        at_once && submission.certainty == store::Certainty::certain ? now : due_of(submission);
    if (due > now) {
      next = std::min(next, std::chrono::steady_clock::now() + (due - now));
      continue;
    }
    std::shared_ptr<Server> server = server_of(submission);
    if (!busy_.insert(server.get()).second) continue;
    tasks_.spawn("delivery", deliver(submission.id, std::move(server)));
  }
  for (const auto& server : servers_) {
    const auto idle = server->next_idle_end();
    if (idle && *idle <= std::chrono::steady_clock::now()) {
      tasks_.spawn("goodbye", end_idle(server));
    } else if (idle) {
      next = std::min(next, *idle);
    }
  }
  co_return next;
}

asio::awaitable<void> AccountPostbox::run() {
  while (true) {
    SteadyTime next = std::chrono::steady_clock::now() + longest_sleep;
    woken_ = false;
    try {
      next = co_await start_due();
    } catch (const store::StoreFailure& failure) {
      log::error("outgoing", "{}: {}", account_, store::problem_of(failure).text());
    }
    if (woken_) continue;
    wakeup_.expires_at(next);
    asio::error_code ignored;
    co_await wakeup_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

asio::awaitable<void> AccountPostbox::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

void AccountPostbox::wake() {
  woken_ = true;
  wakeup_.cancel();
}

void AccountPostbox::send_now() {
  at_once_ = true;
  wake();
}

std::vector<ServerStatus> AccountPostbox::status() const {
  std::vector<ServerStatus> out;
  out.reserve(servers_.size());
  for (const auto& server : servers_) out.push_back(server->status());
  return out;
}

}  // namespace postern::engine::outgoing
