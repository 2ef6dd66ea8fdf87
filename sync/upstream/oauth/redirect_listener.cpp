#include "sync/upstream/oauth/redirect_listener.h"

#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <utility>

#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include "sync/net/error.h"
#include "sync/net/listener.h"
#include "sync/net/task_group.h"
#include "sync/wire/http/request.h"

namespace postern::upstream::oauth {
namespace {

using wire::http::RequestHead;
using wire::oauth::Redirect;

constexpr std::chrono::seconds request_time{10};
constexpr std::size_t most_connections = 32;

std::string page(std::string_view title, std::string_view text) {
  std::string html =
      "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>Postern</title>"
      "<body style=\"font-family:sans-serif;max-width:30em;margin:4em auto\"><h1>";
  html += title;
  html += "</h1><p>";
  html += text;
  html += "</p></body></html>\n";
  return html;
}

/// What a browser that came with this is shown.
std::string answer_to(const Redirect& redirect) {
  switch (redirect.kind) {
    case Redirect::Kind::code:
      return wire::http::format_page(
          200, "OK", page("Thank you", "You can close this page and go back to the terminal."));
    case Redirect::Kind::refused:
      return wire::http::format_page(200, "OK",
                                     page("Not signed in", "The reason is shown in the terminal."));
    case Redirect::Kind::foreign: break;
  }
  return wire::http::format_page(404, "Not Found", page("Not found", "Nothing is here."));
}

}  // namespace

struct RedirectListener::State {
  State(net::Listener opened, const asio::any_io_executor& executor)
      : listener(std::move(opened)), tasks(executor, "sign-in"), alarm(executor) {}

  asio::awaitable<void> accept();
  asio::awaitable<void> answer(net::Stream stream);
  [[nodiscard]] Redirect look_at(const RequestHead& head) const;

  net::Listener listener;
  net::TaskGroup tasks;
  asio::steady_timer alarm;
  std::string expected;  ///< the `state` of this sign-in
  std::optional<Redirect> found;
};

RedirectListener::RedirectListener(std::unique_ptr<State> state) : state_(std::move(state)) {}
RedirectListener::RedirectListener(RedirectListener&&) noexcept = default;
RedirectListener::~RedirectListener() = default;

std::expected<RedirectListener, Problem> RedirectListener::open(asio::any_io_executor executor) {
  auto opened = net::Listener::open(executor, "127.0.0.1:0");
  if (!opened) return std::unexpected(opened.error());
  return RedirectListener(std::make_unique<State>(std::move(*opened), executor));
}

std::string RedirectListener::address() const {
  return "http://" + state_->listener.address() + "/";
}

asio::awaitable<Redirect> RedirectListener::wait(std::string state, net::Stream::Duration within) {
  State& self = *state_;
  self.expected = std::move(state);
  self.alarm.expires_after(within);
  self.tasks.spawn("accepting", self.accept());
  co_await self.alarm.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
  self.listener.close();
  self.tasks.cancel();
  co_await self.tasks.join();
  if (!self.found)
    throw net::Error(net::ErrorKind::timeout, "the browser did not come back in time");
  co_return std::move(*self.found);
}

asio::awaitable<void> RedirectListener::State::accept() {
  while (true) {
    net::Stream stream = co_await listener.accept();
    if (tasks.running() <= most_connections) tasks.spawn("browser", answer(std::move(stream)));
  }
}

Redirect RedirectListener::State::look_at(const RequestHead& head) const {
  const auto line = wire::http::parse_request_line(head.line());
  // A page of somebody else that made its name ours (DNS rebinding) has another Host.
  if (!line || line->method != "GET" || line->path != "/" || head.host() != listener.address())
    return {};
  return wire::oauth::parse_redirect(line->query, expected);
}

asio::awaitable<void> RedirectListener::State::answer(net::Stream stream) {
  RequestHead head;
  auto status = RequestHead::Status::more;
  std::array<char, 2048> buffer{};
  while (status == RequestHead::Status::more) {
    const std::size_t count = co_await stream.read_some(std::span(buffer), request_time);
    status = head.feed({buffer.data(), count});
  }
  wipe(buffer.data(), buffer.size());
  Redirect redirect;
  if (status == RequestHead::Status::complete) redirect = look_at(head);
  if (found) redirect = {};
  const bool ours = redirect.kind != Redirect::Kind::foreign;
  const std::string text = answer_to(redirect);
  if (ours) found = std::move(redirect);
  try {
    co_await stream.write(text, request_time);
    co_await stream.shutdown();
  } catch (const net::Error&) {
    // The code counts, not whether the page arrived.
    if (!ours) throw;
  }
  if (ours) alarm.cancel();
}

}  // namespace postern::upstream::oauth
