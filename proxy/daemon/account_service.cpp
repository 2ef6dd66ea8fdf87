#include "proxy/daemon/account_service.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>
#include <asio/post.hpp>

#include "proxy/daemon/state_folder.h"
#include "sync/base/log.h"
#include "sync/engine/access_tokens.h"
#include "sync/net/completion.h"

namespace postern::daemon {
AccountService::Running::Running(AccountService& owner, const config::Source& source,
                                 engine::SourceSettings settings)
    : config(source),
      message_limit(settings.message_limit),
      task(owner.executor_, owner.name_, source, owner.store_, std::move(settings)),
      group(owner.executor_, "source") {}

AccountService::AccountService(asio::any_io_executor executor, std::string name,
                               const std::filesystem::path& state)
    : executor_(std::move(executor)),
      name_(std::move(name)),
      folder_(account_folder(state, name_)),
      token_key_(token_key_file(state)),
      sending_(executor_, "outgoing") {}

AccountService::~AccountService() = default;

void AccountService::open() {
  if (store_) return;
  constexpr std::chrono::milliseconds index_after{250};
  problem_.reset();
  if (auto parent = private_folder(folder_.parent_path()); !parent) {
    problem_ = parent.error();
  } else if (auto opened = store::Account::open({.folder = folder_, .index_after = index_after});
             !opened) {
    problem_ = opened.error();
  } else {
    store_ = std::move(*opened);
  }
  if (problem_) {
    log::error("account", "{}: {}", name_, problem_->text());
    return;
  }
  subscription_ =
      store_->subscribe([weak = weak_from_this(), executor = executor_, told = commit_told_] {
        // Many commits in a row wake the network thread once.
        if (told->exchange(true)) return;
        asio::post(executor, [weak] {
          if (const auto self = weak.lock()) self->store_committed();
        });
      });
}

void AccountService::store_committed() {
  commit_told_->store(false);
  for (const auto& running : running_) running->task.store_changed();
}

asio::awaitable<void> AccountService::start(std::vector<config::Source> sources,
                                            std::uint64_t message_limit, engine::PollWish first) {
  const auto self = shared_from_this();
  open();
  if (!store_) co_return;
  std::vector<std::shared_ptr<Running>> old = std::exchange(running_, {});
  std::vector<const config::Source*> fresh;
  for (const config::Source& source : sources) {
    const auto found = std::ranges::find_if(old, [&](const auto& running) {
      return running && running->message_limit == message_limit && running->config == source;
    });
    if (found != old.end()) {
      running_.push_back(std::move(*found));
    } else {
      fresh.push_back(&source);
    }
  }
  std::vector<std::string> configured;
  configured.reserve(sources.size());
  for (const config::Source& source : sources) configured.push_back(source.key());
  // Nobody takes what another one has begun for a former source's.
  for (const auto& running : running_) running->task.set_configured(configured);
  // What is gone ends before what is new begins: never two sessions on one maildrop.
  for (auto& running : old) {
    if (running) co_await end(std::move(running));
  }
  for (const config::Source* source : fresh) {
    engine::SourceSettings settings{token_key_, message_limit, configured, first};
    running_.push_back(make(*source, std::move(settings)));
    running_.back()->group.spawn(fmt::format("{} {}", name_, source->key()),
                                 running_.back()->task.run());
  }
}

void AccountService::start_sending(const std::vector<config::Outgoing>& servers,
                                   const std::vector<config::Source>& sources) {
  if (!store_) return;
  if (!postbox_) {
    postbox_ =
        std::make_shared<engine::outgoing::AccountPostbox>(executor_, name_, store_, token_key_);
  }
  postbox_->configure(servers, sources);
  if (sending_.running() == 0) sending_.spawn(fmt::format("{} outgoing", name_), postbox_->run());
}

std::shared_ptr<AccountService::Running> AccountService::make(const config::Source& source,
                                                              engine::SourceSettings settings) {
  auto running = std::make_shared<Running>(*this, source, std::move(settings));
  engine::SourceTask& task = running->task;
  if (watcher_) task.on_status([this, &task] { watcher_(task.status()); });
  return running;
}

void AccountService::watch(std::function<void(const engine::SourceStatus&)> watcher) {
  watcher_ = std::move(watcher);
}

std::uint64_t AccountService::disk_octets() const {
  std::error_code ignored;
  std::uint64_t octets = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder_, ignored)) {
    if (file.is_regular_file(ignored)) octets += file.file_size(ignored);
  }
  return octets;
}

asio::awaitable<void> AccountService::start_at_rest(std::vector<config::Source> sources) {
  const auto self = shared_from_this();
  open();
  if (!store_) co_return;
  for (const config::Source& source : sources) {
    engine::SourceSettings settings;
    settings.token_key = token_key_;
    running_.push_back(make(source, std::move(settings)));
    co_await running_.back()->task.recall();
  }
}

asio::awaitable<AccountService::Loan> AccountService::lend(std::string source_key) {
  const auto found = std::ranges::find(running_, source_key,
                                       [](const auto& running) { return running->config.key(); });
  Loan loan;
  loan.login.answer = engine::LoginLoan::Answer::unknown_source;
  if (found == running_.end()) co_return loan;
  loan.source = *found;
  engine::LoginLoan login = co_await loan.source->task.lend();
  co_return Loan{loan.source, std::move(login)};
}

asio::awaitable<engine::LoginLoan> AccountService::lend_token(std::string source_key) {
  const auto found = std::ranges::find(running_, source_key,
                                       [](const auto& running) { return running->config.key(); });
  engine::LoginLoan loan;
  loan.answer = engine::LoginLoan::Answer::unknown_source;
  if (found == running_.end()) co_return loan;
  const std::shared_ptr<Running> source = *found;
  co_return co_await source->task.lend_token();
}

asio::awaitable<void> AccountService::give_back(Loan loan, std::optional<engine::LoginEnd> end) {
  const std::shared_ptr<Running> source = loan.source;
  engine::LoginLoan login = std::move(loan.login);
  co_await source->task.give_back(std::move(login), end);
}

asio::awaitable<void> AccountService::logged_in_elsewhere(config::Source source,
                                                          engine::LoginEnd end) {
  const auto self = shared_from_this();
  if (!store_) co_return;
  const auto found = std::ranges::find(running_, source.key(),
                                       [](const auto& running) { return running->config.key(); });
  std::shared_ptr<Running> known = found == running_.end() ? nullptr : *found;
  if (!known) {
    engine::SourceSettings settings;
    settings.token_key = token_key_;
    known = make(source, std::move(settings));
    co_await known->task.recall();
  }
  co_await known->task.logged_in_elsewhere(end);
}

asio::awaitable<void> AccountService::end(std::shared_ptr<Running> running) {
  running->group.cancel();
  co_await running->group.join();
}

asio::awaitable<void> AccountService::stop() {
  const auto self = shared_from_this();
  std::vector<std::shared_ptr<Running>> old = std::exchange(running_, {});
  for (auto& running : old) running->group.cancel();
  sending_.cancel();
  for (auto& running : old) co_await running->group.join();
  co_await sending_.join();
  if (postbox_) co_await postbox_->stop();
}

void AccountService::close() {
  subscription_ = {};
  if (store_) store_->close();
  store_.reset();
}

std::vector<engine::SourceStatus> AccountService::sources() const {
  std::vector<engine::SourceStatus> out;
  out.reserve(running_.size());
  for (const auto& running : running_) out.push_back(running->task.status());
  return out;
}

std::vector<std::shared_ptr<const engine::Preview>> AccountService::previews() const {
  std::vector<std::shared_ptr<const engine::Preview>> out;
  out.reserve(running_.size());
  for (const auto& running : running_) out.push_back(running->task.preview());
  return out;
}

void AccountService::poll_now(engine::PollReason reason) {
  for (const auto& running : running_) running->task.poll_now(reason);
}

void AccountService::send_now() {
  if (postbox_) postbox_->send_now();
}

/// The polls that somebody waits for.
struct AccountService::Polls {
  std::size_t left = 0;
  std::function<void(std::monostate)> done;
};

/// A task of the source's own group, so that the source outlives it.
asio::awaitable<void> AccountService::poll_one(Running& running, std::shared_ptr<Polls> polls,
                                               engine::PollWish wish, Awaited awaited) {
  struct AtEnd {
    std::shared_ptr<Polls> polls;
    ~AtEnd() {
      if (--polls->left == 0 && polls->done) polls->done({});
    }
  } at_end{polls};
  (void)co_await running.task.poll_and_wait(wish, awaited);
}

asio::awaitable<void> AccountService::poll_and_wait(engine::PollWish wish, Awaited awaited) {
  if (running_.empty()) co_return;
  const auto polls = std::make_shared<Polls>();
  polls->left = running_.size();
  for (const auto& running : running_) {
    running->group.spawn("sync of " + running->config.key(),
                         poll_one(*running, polls, wish, awaited));
  }
  auto start = [polls](auto done) {
    // A source that is stopping has ended its part at once.
    if (polls->left == 0) return done({});
    polls->done = done;
  };
  co_await net::completion<std::monostate>(start);
}

asio::awaitable<std::optional<Problem>> AccountService::keep_grant(std::string source_key,
                                                                   wire::oauth::Grant grant) {
  const auto self = shared_from_this();
  const auto store = store_;
  if (!store) co_return problem_;
  try {
    const auto kept = co_await engine::keep_grant(*store, token_key_, source_key, std::move(grant));
    if (!kept) co_return kept.error();
  } catch (const store::StoreFailure& failure) {
    co_return Problem{fmt::format("the sign-in could not be stored: {}", failure.what()),
                      "look at the disk that holds the state folder, then sign in again"};
  }
  log::info("account", "{}: signed in to {}", name_, source_key);
  for (const auto& running : running_) {
    if (running->config.key() == source_key) running->task.poll_now(engine::PollReason::signed_in);
  }
  co_return std::nullopt;
}

}  // namespace postern::daemon
