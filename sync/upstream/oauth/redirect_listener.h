#pragma once

#include <expected>
#include <memory>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "sync/base/problem.h"
#include "sync/net/stream.h"
#include "sync/wire/oauth/answer.h"

namespace postern::upstream::oauth {

/// Where the browser comes back to after a sign-in (RFC 8252 section 7.3): a free port of
/// 127.0.0.1, for one request that bears our state. All others get 404; connections that say
/// nothing, as browsers open them in advance, hold nobody up.
///
/// Order: open(), wait() once. Network thread.
class RedirectListener {
 public:
  static std::expected<RedirectListener, Problem> open(asio::any_io_executor executor);
  RedirectListener(RedirectListener&&) noexcept;
  RedirectListener& operator=(RedirectListener&&) = delete;
  ~RedirectListener();

  /// "http://127.0.0.1:4711/"
  [[nodiscard]] std::string address() const;
  /// The browser's answer, after it got a page of ours; Error(timeout) after `within`.
  asio::awaitable<wire::oauth::Redirect> wait(std::string state, net::Stream::Duration within);

 private:
  struct State;
  explicit RedirectListener(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace postern::upstream::oauth
