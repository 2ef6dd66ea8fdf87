#include "sync/net/listener.h"

#include <fcntl.h>

#include <charconv>
#include <optional>
#include <utility>

#include <fmt/core.h>
#include <asio/experimental/as_tuple.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/use_awaitable.hpp>

#include "sync/base/log.h"
#include "sync/net/dial.h"

namespace postern::net {
namespace {

std::optional<asio::ip::tcp::endpoint> parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failure != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  asio::error_code error;
  const auto address = asio::ip::make_address(std::string(host), error);
  if (error || address.is_v6() != bracketed) return std::nullopt;
  return asio::ip::tcp::endpoint(address, port);
}

Problem explain(const std::string& address, const asio::error_code& error) {
  Problem problem{fmt::format("cannot listen on {}: {}", address, error.message()),
                  "choose another address or port"};
  if (error == asio::error::address_in_use) {
    problem.advice = "stop the program that uses this port, or choose another one";
  } else if (error == asio::error::access_denied) {
    problem.advice = "choose a port above 1023";
  } else if (error == std::errc::address_not_available) {
    problem.advice = "no interface of this machine has this address: use 127.0.0.1 or 0.0.0.0";
  }
  return problem;
}

/// The system is short of something that closing connections gives back.
bool passes(const asio::error_code& error) {
  return error == asio::error::no_descriptors ||
         error == std::errc::too_many_files_open_in_system ||
         error == asio::error::no_buffer_space || error == asio::error::no_memory;
}

}  // namespace

struct Listener::State {
  explicit State(const asio::any_io_executor& executor) : acceptor(executor) {}
  asio::ip::tcp::acceptor acceptor;
  asio::ip::tcp::endpoint local;
};

std::expected<Listener, Problem> Listener::open(asio::any_io_executor executor,
                                                const std::string& address) {
  const auto endpoint = parse(address);
  if (!endpoint) {
    return std::unexpected(Problem{fmt::format("\"{}\" is not an address to listen on", address),
                                   "write it as 127.0.0.1:1143 or [::1]:1143"});
  }
  auto state = std::make_unique<State>(executor);
  auto& acceptor = state->acceptor;
  asio::error_code error;
  acceptor.open(endpoint->protocol(), error);
  if (!error) {
    ::fcntl(acceptor.native_handle(), F_SETFD, FD_CLOEXEC);
    acceptor.set_option(asio::ip::tcp::acceptor::reuse_address(true), error);
  }
  if (!error && endpoint->address().is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
  if (!error) acceptor.bind(*endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) state->local = acceptor.local_endpoint(error);
  if (error) return std::unexpected(explain(address, error));
  return Listener(std::move(state));
}

Listener::Listener(std::unique_ptr<State> state) : state_(std::move(state)) {}
Listener::Listener(Listener&&) noexcept = default;
Listener& Listener::operator=(Listener&&) noexcept = default;
Listener::~Listener() = default;

std::uint16_t Listener::port() const {
  return state_->local.port();
}

std::string Listener::address() const {
  const auto text = state_->local.address().to_string();
  return fmt::format(fmt::runtime(state_->local.address().is_v6() ? "[{}]:{}" : "{}:{}"), text,
                     port());
}

asio::awaitable<Stream> Listener::accept() {
  bool told = false;
  for (;;) {
    auto [error, socket] =
        co_await state_->acceptor.async_accept(asio::experimental::as_tuple(asio::use_awaitable));
    if (!error) co_return Stream(std::move(socket));
    if (error == asio::error::operation_aborted || !state_->acceptor.is_open()) {
      throw Error(ErrorKind::cancelled, "no longer listening");
    }
    if (passes(error)) {
      if (!std::exchange(told, true)) {
        log::warning("net", "{}: new connections wait: {}", address(), error.message());
      }
      co_await pause(std::chrono::milliseconds(250));
    } else {
      log::debug("net", "{}: a connection was lost while it was accepted: {}", address(),
                 error.message());
    }
  }
}

void Listener::close() noexcept {
  asio::error_code ignored;
  state_->acceptor.close(ignored);
}

}  // namespace postern::net
