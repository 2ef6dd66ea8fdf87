#include "sync/net/resolve.h"

#include <fcntl.h>
#include <netdb.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/core.h>
#include <asio/experimental/as_tuple.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include "sync/base/log.h"

namespace postern::net {
namespace {

/// What the resolving thread and the waiting coroutine share; whoever is last lets it go.
struct Question {
  explicit Question(std::string h)
      : host(std::move(h)), bell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (bell < 0) throw Error(ErrorKind::resolve, "no file descriptor is left to resolve a name");
  }
  Question(const Question&) = delete;
  ~Question() { ::close(bell); }

  /// Wakes the waiting coroutine.
  void ring() const {
    const std::uint64_t one = 1;
    (void)!::write(bell, &one, sizeof one);
  }

  const std::string host;
  const int bell;
  std::mutex mutex;  ///< protects what follows
  int failure = 0;   ///< of getaddrinfo
  std::vector<asio::ip::address> found;
};

asio::ip::address to_address(const addrinfo& entry) {
  if (entry.ai_family == AF_INET6) {
    const auto& v6 = *reinterpret_cast<const sockaddr_in6*>(entry.ai_addr);
    asio::ip::address_v6::bytes_type octets;
    std::memcpy(octets.data(), &v6.sin6_addr, octets.size());
    return asio::ip::address_v6(octets, v6.sin6_scope_id);
  }
  const auto& v4 = *reinterpret_cast<const sockaddr_in*>(entry.ai_addr);
  return asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
}

void ask(const std::shared_ptr<Question>& question) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  const int failure = ::getaddrinfo(question->host.c_str(), nullptr, &hints, &list);
  {
    const std::lock_guard lock(question->mutex);
    question->failure = failure;
    for (const addrinfo* entry = list; failure == 0 && entry != nullptr; entry = entry->ai_next) {
      question->found.push_back(to_address(*entry));
    }
  }
  if (failure == 0) ::freeaddrinfo(list);
  question->ring();
}

std::vector<asio::ip::address> in_turn(const std::vector<asio::ip::address>& found) {
  std::vector<asio::ip::address> first;
  std::vector<asio::ip::address> second;
  for (const auto& address : found) {
    (address.is_v6() == found.front().is_v6() ? first : second).push_back(address);
  }
  std::vector<asio::ip::address> out;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) out.push_back(first[i]);
    if (i < second.size()) out.push_back(second[i]);
  }
  return out;
}

}  // namespace

asio::awaitable<std::vector<asio::ip::address>> resolve(std::string host, Stream::Duration within) {
  asio::error_code not_literal;
  const auto literal = asio::ip::make_address(host, not_literal);
  if (!not_literal) co_return std::vector<asio::ip::address>{literal};

  const auto executor = co_await asio::this_coro::executor;
  const auto question = std::make_shared<Question>(host);
  // The coroutine has its own descriptor of the bell: the thread may outlive it.
  asio::posix::stream_descriptor bell(executor, ::fcntl(question->bell, F_DUPFD_CLOEXEC, 0));
  asio::steady_timer limit(executor, within);
  // The timer's last word may come when the coroutine is gone already.
  const auto late = std::make_shared<bool>(false);
  limit.async_wait([late, question](const asio::error_code& error) {
    if (error) return;
    *late = true;
    question->ring();
  });
  std::thread(ask, question).detach();
  const auto [error] = co_await bell.async_wait(asio::posix::stream_descriptor::wait_read,
                                                asio::experimental::as_tuple(asio::use_awaitable));
  limit.cancel();
  if (*late) {
    throw Error(ErrorKind::timeout, fmt::format("the name server did not answer about {}", host));
  }
  if (error) throw Error(ErrorKind::cancelled, fmt::format("stopped while looking up {}", host));
  const std::lock_guard lock(question->mutex);
  if (question->failure != 0 || question->found.empty()) {
    const char* reason = question->failure != 0 ? ::gai_strerror(question->failure) : "no address";
    throw Error(ErrorKind::resolve, fmt::format("{} was not found: {}", log::quoted(host), reason));
  }
  co_return in_turn(question->found);
}

}  // namespace postern::net
