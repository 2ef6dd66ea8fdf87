#include "proxy/daemon/sign_in.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include <fmt/core.h>
#include <asio/this_coro.hpp>

#include "proxy/daemon/terminal.h"
#include "sync/base/log.h"
#include "sync/engine/access_tokens.h"
#include "sync/net/dial.h"
#include "sync/net/task_group.h"
#include "sync/upstream/oauth/redirect_listener.h"
#include "sync/upstream/oauth/sign_in.h"
#include "sync/wire/oauth/request.h"

namespace postern::daemon {
namespace {

using std::chrono::seconds;
using upstream::oauth::Endpoint;
using upstream::oauth::Granted;
using wire::oauth::ErrorKind;
using Result = std::expected<wire::oauth::Grant, Problem>;

constexpr std::chrono::minutes browser_time{15};

/// The time that is left, drawn over itself on a terminal.
asio::awaitable<void> show_time_left(std::chrono::steady_clock::time_point end) {
  while (true) {
    const auto left =
        std::chrono::duration_cast<seconds>(end - std::chrono::steady_clock::now()).count();
    fmt::print("\rWaiting for you, {}:{:02} left \x1b[K", left / 60, left % 60);
    std::fflush(stdout);
    co_await net::pause(seconds(1));
  }
}

/// Shows that we wait, for as long as it lives; join() at its end.
class Waiting {
 public:
  Waiting(const asio::any_io_executor& executor, seconds time)
      : tasks_(executor, "sign-in"), output_(standard_output()) {
    if (output_ == Output::terminal) {
      tasks_.spawn("clock", show_time_left(std::chrono::steady_clock::now() + time));
    } else {
      fmt::print("Waiting for you, {} minutes at most.\n", (time.count() + 59) / 60);
      std::fflush(stdout);
    }
  }
  asio::awaitable<void> join() {
    tasks_.cancel();
    co_await tasks_.join();
    if (output_ == Output::terminal) fmt::print("\r\x1b[K");
  }

 private:
  net::TaskGroup tasks_;
  Output output_;
};

Problem explain(const config::Source& source, const wire::oauth::Error& error) {
  const std::string words = log::quoted(error.words);
  switch (error.kind) {
    case ErrorKind::access_denied:
      return {fmt::format("the sign-in of {} was refused there ({})", source.username, words),
              "run the command again and allow the access"};
    case ErrorKind::expired_token:
    case ErrorKind::invalid_grant:
    case ErrorKind::authorization_pending:
    case ErrorKind::slow_down:
      return {fmt::format("the sign-in of {} was not finished in time", source.username),
              "run the command again"};
    case ErrorKind::temporary:
      return {fmt::format("the provider is temporarily unavailable ({})", words),
              "try again later"};
    case ErrorKind::redirect:
    case ErrorKind::nonsense:
      return {fmt::format("the provider's answer makes no sense: {}", words),
              "check the URLs of `oauth:` in the configuration"};
    case ErrorKind::refused: break;
  }
  return {fmt::format("the provider refused: {}", words),
          "check client_id, client_secret and scope of `oauth:`; if the provider does not allow "
          "this way of signing in, try the other one (--device or --browser)"};
}

asio::awaitable<Result> with_device(const config::Source& source, wire::oauth::Client client,
                                    const Endpoint& token) {
  const auto executor = co_await asio::this_coro::executor;
  const auto endpoint = Endpoint::prepare(source.oauth->device);
  if (!endpoint) co_return std::unexpected(endpoint.error());
  const auto device = co_await upstream::oauth::ask_device(*endpoint, client);
  if (!device) co_return std::unexpected(explain(source, device.error()));
  fmt::print(
      "Open this page in a browser, on any device:\n\n    {}\n\nand type in this code:\n\n"
      "    {}\n\n",
      device->verification_uri, device->user_code);
  if (!device->verification_uri_complete.empty())
    fmt::print("Or open it with the code: {}\n\n", device->verification_uri_complete);
  Waiting waiting(executor, device->lifetime);
  std::exception_ptr lost;
  Granted granted;
  try {
    granted = co_await upstream::oauth::wait_for_device(token, client, *device, [] {});
  } catch (...) {
    lost = std::current_exception();
  }
  co_await waiting.join();
  if (lost) std::rethrow_exception(lost);
  if (!granted) co_return std::unexpected(explain(source, granted.error()));
  co_return std::move(*granted);
}

asio::awaitable<Result> with_browser(const config::Source& source, wire::oauth::Client client,
                                     const Endpoint& token) {
  const auto executor = co_await asio::this_coro::executor;
  auto listener = upstream::oauth::RedirectListener::open(executor);
  if (!listener) co_return std::unexpected(listener.error());
  const auto authorization =
      upstream::oauth::new_authorization(listener->address(), source.username);
  fmt::print(
      "Open this page in a browser on this machine:\n\n    {}\n\n"
      "It comes back to {} afterwards.\n",
      authorization_url(source.oauth->authorization, client, authorization),
      authorization.redirect);
  Waiting waiting(executor, browser_time);
  std::exception_ptr lost;
  wire::oauth::Redirect redirect;
  try {
    redirect = co_await listener->wait(authorization.state, browser_time);
  } catch (...) {
    lost = std::current_exception();
  }
  co_await waiting.join();
  if (lost) std::rethrow_exception(lost);
  if (redirect.kind != wire::oauth::Redirect::Kind::code) {
    const wire::oauth::Error refusal{ErrorKind::access_denied, redirect.words};
    co_return std::unexpected(explain(source, refusal));
  }
  Secret form = wire::oauth::code_token_form(client, authorization, redirect.code);
  auto granted = co_await upstream::oauth::ask_grant(token, std::move(form));
  if (!granted) co_return std::unexpected(explain(source, granted.error()));
  co_return std::move(*granted);
}

}  // namespace

SignInWay usual_way(const config::OAuth& oauth) {
  if (oauth.device.empty()) return SignInWay::browser;
  if (oauth.authorization.empty()) return SignInWay::device;
  const bool screen =
      std::getenv("DISPLAY") != nullptr || std::getenv("WAYLAND_DISPLAY") != nullptr;
  return screen ? SignInWay::browser : SignInWay::device;
}

asio::awaitable<Result> sign_in(const config::Source& source, SignInWay way) {
  const config::OAuth& oauth = *source.oauth;
  const std::string& begin = way == SignInWay::device ? oauth.device : oauth.authorization;
  if (begin.empty()) {
    const bool device = way == SignInWay::device;
    co_return std::unexpected(
        Problem{fmt::format("{} has no sign-in {}", source.key(),
                            device ? "with a code" : "in a browser on this machine"),
                device ? "leave out --device, or write device: under `oauth:`"
                       : "leave out --browser, or write authorization: under `oauth:`"});
  }
  auto client = engine::read_client(oauth);
  if (!client) co_return std::unexpected(client.error());
  const auto token = Endpoint::prepare(oauth.token);
  if (!token) co_return std::unexpected(token.error());
  if (way == SignInWay::device) co_return co_await with_device(source, *client, *token);
  co_return co_await with_browser(source, *client, *token);
}

}  // namespace postern::daemon
