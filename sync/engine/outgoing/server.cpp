#include "sync/engine/outgoing/server.h"

#include <algorithm>
#include <utility>

#include "sync/net/error.h"

namespace postern::engine::outgoing {

using upstream::SmtpSession;

Server::Server(std::string account, config::Outgoing config, std::optional<config::Source> source,
               std::shared_ptr<store::Account> store, std::filesystem::path token_key,
               upstream::SmtpDeadlines deadlines, std::function<void()> kept)
    : config_(std::move(config)),
      source_(std::move(source)),
      deadlines_(deadlines),
      on_kept_(std::move(kept)) {
  status_.server = config_.key();
  if (source_ && source_->oauth && !config_.password)
    tokens_.emplace(std::move(account), *source_, std::move(store), std::move(token_key));
}

asio::awaitable<std::expected<SmtpSession, Unavailable>> Server::session() {
  while (!kept_.empty()) {
    // The last one is the least likely to have been given up by the server.
    const bool fresh = kept_.back().until > std::chrono::steady_clock::now();
    SmtpSession session = std::move(kept_.back().session);
    kept_.pop_back();
    if (!fresh) continue;
    try {
      const auto answer = co_await session.reset();
      if (answer && answer->positive()) co_return std::move(session);
    } catch (const net::Error& error) {
      // The server had enough of waiting; that is its right.
      if (error.kind() == net::ErrorKind::cancelled) throw;
    }
  }
  Credentials credentials;
  if (config_.password) {
    credentials.password = *config_.password;
  } else if (source_) {
    credentials.password = source_->password;
    if (tokens_) credentials.tokens = &*tokens_;
  }
  auto opened = co_await sign_on(config_, std::move(credentials), memory_, deadlines_);
  status_.problem = opened ? std::string() : opened.error().trouble.detail;
  co_return opened;
}

void Server::keep(SmtpSession session) {
  if (stopped_ || kept_.size() == most_kept) return;
  kept_.push_back({std::move(session), std::chrono::steady_clock::now() + kept_for});
  on_kept_();
}

void Server::stop() {
  stopped_ = true;
  kept_.clear();
}

asio::awaitable<void> Server::end_idle(SteadyTime now) {
  std::list<Kept> over;
  while (!kept_.empty() && kept_.front().until <= now)
    over.splice(over.end(), kept_, kept_.begin());
  for (Kept& one : over) co_await one.session.quit();
}

std::optional<SteadyTime> Server::next_idle_end() const {
  if (kept_.empty()) return std::nullopt;
  return kept_.front().until;
}

void Server::note_sent() {
  ++status_.sent;
  status_.last_sent = wall_now();
  status_.problem.clear();
}

}  // namespace postern::engine::outgoing
