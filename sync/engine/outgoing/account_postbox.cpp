#include "sync/engine/outgoing/account_postbox.h"

#include <algorithm>
#include <utility>

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include "sync/base/log.h"
#include "sync/engine/carry_through.h"
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
constexpr std::chrono::milliseconds patience_at_dot{4000};

/// Connections that take messages out of Outbox to one server: enough that one does what another
/// one waits for, the provider's answers or our disk, and no more than providers grant a program.
constexpr std::size_t most_couriers = 4;

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
  // A message on its way in may hold a server longer than this lives.
  const auto changed = [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->wake();
  };
  for (const config::Outgoing& config : servers) {
    const auto source = std::ranges::find(sources, config.source, &config::Source::key);
    std::optional<config::Source> signs_in;
    if (source != sources.end()) signs_in = *source;
    const auto same =
        std::ranges::find_if(old, [&](const auto& server) { return server->is(config, signs_in); });
    servers_.push_back(same != old.end()
                           ? *same
                           : std::make_shared<Server>(account_, config, std::move(signs_in), store_,
                                                      token_key_, deadlines_, changed));
  }
  for (auto& [server, line] : lines_) line.due.clear();
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
  if (stopped_)
    co_return std::unexpected(
        Reply{421, wire::smtp::EnhancedStatus{4, 3, 2}, {"this account does not send any more"}});
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

/// One that was not reached, or has not taken anything yet, is not asked by several at once: what
/// is wrong with it would be wrong several times.
std::size_t AccountPostbox::free_places(const Server* server) const {
  const bool proven =
      server != nullptr && server->status().sent != 0 && server->status().problem.empty();
  const std::size_t places = proven ? most_couriers : 1;
  const auto line = lines_.find(server);
  const std::size_t taken = line == lines_.end() ? 0 : line->second.couriers;
  return places - std::min(places, taken);
}

bool AccountPostbox::somebody_is_free() const {
  return servers_.empty() || std::ranges::any_of(servers_, [this](const auto& server) {
           return free_places(server.get()) != 0;
         });
}

void AccountPostbox::send_couriers(const std::shared_ptr<Server>& server) {
  const auto found = lines_.find(server.get());
  if (found == lines_.end()) return;
  Line& line = found->second;
  const std::size_t count = std::min(free_places(server.get()), line.due.size());
  for (std::size_t i = 0; i < count; ++i) {
    ++line.couriers;
    tasks_.spawn("delivery", courier(server));
  }
}

std::optional<store::Submission> AccountPostbox::next_for(const Server* server) {
  std::deque<store::Submission>& due = lines_[server].due;
  while (!due.empty() && !stopped_) {
    store::Submission first = std::move(due.front());
    due.pop_front();
    // After a reload it may be under way with the server of before.
    if (!under_way_.contains(first.id)) return first;
  }
  return std::nullopt;
}

/// Takes what is due, one message after the other, until nothing is.
asio::awaitable<void> AccountPostbox::courier(std::shared_ptr<Server> server) {
  struct Release {
    AccountPostbox& postbox;
    const Server* server;
    ~Release() {
      const auto line = postbox.lines_.find(server);
      if (--line->second.couriers == 0) postbox.lines_.erase(line);
      postbox.wake();
    }
  } release{*this, server.get()};
  while (auto next = next_for(server.get())) {
    hurried_.erase(next->id);
    under_way_.insert(next->id);
    co_await deliver(std::move(*next), server);
    send_couriers(server);
  }
}

asio::awaitable<void> AccountPostbox::deliver(store::Submission submission,
                                              std::shared_ptr<Server> server) {
  struct Release {
    AccountPostbox& postbox;
    SubmissionId id;
    ~Release() { postbox.under_way_.erase(id); }
  } release{*this, submission.id};
  Delivery delivery(store_, server);
  // An answer that is on its way is worth waiting for: without it the message goes out twice.
  const auto grace = [&delivery] {
    delivery.hurry();
    return delivery.at_dot() ? patience_at_dot : std::chrono::milliseconds(0);
  };
  auto attempt = try_to_deliver(delivery, submission);
  co_await carry_through("outgoing", "delivery of a message", std::move(attempt), grace);
}

asio::awaitable<void> AccountPostbox::try_to_deliver(Delivery& delivery,
                                                     const store::Submission& submission) {
  std::optional<store::StoreFailure> failed;
  try {
    co_await delivery.attempt(submission);
  } catch (const store::StoreFailure& failure) {
    failed = failure;
  }
  // A message that was taken out of Outbox meanwhile may have lost its octets.
  if (!failed || co_await is_cancelled(submission.id)) co_return;
  log::error("outgoing", "{}: {}", account_, store::problem_of(*failed).text());
  // Nothing was settled; without a pause it would be tried again at once.
  co_await net::pause(longest_sleep);
}

asio::awaitable<bool> AccountPostbox::is_cancelled(SubmissionId id) {
  try {
    auto work = [id](store::Reader& reader) { return reader.submission(id); };
    const auto there = co_await read(*store_, std::move(work));
    co_return !there || there->uid == Uid(0);
  } catch (const store::StoreFailure&) {
    co_return false;
  }
}

asio::awaitable<void> AccountPostbox::end_idle(std::shared_ptr<Server> server) {
  co_await server->end_idle(std::chrono::steady_clock::now());
}

/// Has what is due taken to its server, as far as that is free. When to look again.
asio::awaitable<SteadyTime> AccountPostbox::start_due() {
  SteadyTime next = std::chrono::steady_clock::now() + longest_sleep;
  // Else it is looked at when a courier is back: the queue may be long.
  if (somebody_is_free()) {
    auto work = [](store::Reader& reader) { return reader.submissions(); };
    auto queue = co_await read(*store_, std::move(work));
    line_up(std::move(queue), next);
    for (const auto& server : servers_) send_couriers(server);
    send_couriers(nullptr);
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

/// What is under way may come back as one that has been sent perhaps, whose pause holds.
bool AccountPostbox::may_be_hurried(const store::Submission& submission) const {
  return submission.certainty == store::Certainty::certain && !under_way_.contains(submission.id);
}

/// `next`: no later than when something that is not due yet will be.
void AccountPostbox::line_up(std::vector<store::Submission> queue, SteadyTime& next) {
  const WallTime now = wall_now();
  if (std::exchange(at_once_, false)) {
    for (const store::Submission& submission : queue)
      if (may_be_hurried(submission)) hurried_.insert(submission.id);
  }
  std::erase_if(hurried_, [&](SubmissionId id) {
    return std::ranges::find(queue, id, &store::Submission::id) == queue.end();
  });
  for (auto& [server, line] : lines_) line.due.clear();
  for (store::Submission& submission : queue) {
    const bool hurried = hurried_.contains(submission.id) && may_be_hurried(submission);
    const WallTime due = hurried ? now : due_of(submission);
    if (due > now) {
      next = std::min(next, std::chrono::steady_clock::now() + (due - now));
    } else if (!under_way_.contains(submission.id)) {
      const std::shared_ptr<Server> server = server_of(submission);
      lines_[server.get()].due.push_back(std::move(submission));
    }
  }
}

asio::awaitable<void> AccountPostbox::run() {
  stopped_ = false;
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
  stopped_ = true;
  tasks_.cancel();
  co_await tasks_.join();
  for (const auto& server : servers_) server->stop();
  servers_.clear();
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
