#include "proxy/web/bulletin.h"

#include <utility>

#include "sync/net/dial.h"

namespace postern::web {
namespace {

/// What the pulse does not tell of (disk use, the search index) is seldom of interest.
constexpr std::chrono::seconds oldest{20};

class Making {
 public:
  explicit Making(bool& flag) : flag_(flag) { flag_ = true; }
  Making(const Making&) = delete;
  ~Making() { flag_ = false; }

 private:
  bool& flag_;
};

}  // namespace

std::string one_line(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool Bulletin::is_due(SteadyTime now) const {
  if (!last_ || now - made_ >= oldest) return true;
  return now - made_ >= 10 * cost_ && house_.pulse() != pulse_;
}

asio::awaitable<void> Bulletin::make() {
  const Making making(making_);
  const SteadyTime begun = std::chrono::steady_clock::now();
  std::string pulse = house_.pulse();
  const nlohmann::json status = co_await house_.status();
  auto issue = std::make_shared<Issue>();
  issue->number = last_ ? last_->number + 1 : 1;
  issue->text = one_line(status);
  last_ = std::move(issue);
  pulse_ = std::move(pulse);
  made_ = std::chrono::steady_clock::now();
  cost_ = made_ - begun;
}

asio::awaitable<std::shared_ptr<const Bulletin::Issue>> Bulletin::latest() {
  while (making_ && !last_) co_await net::pause(limits_.pulse / 8);
  if (!making_ && is_due(std::chrono::steady_clock::now())) co_await make();
  co_return last_;
}

}  // namespace postern::web
