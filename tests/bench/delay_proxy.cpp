#include "tests/bench/delay_proxy.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace postern::bench {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kPieceOctets = 256 * 1024;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// Closed when the last direction lets go of it.
class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {
    if (descriptor_ < 0) fail("socket");
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { ::close(descriptor_); }
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};
using SocketPtr = std::shared_ptr<Socket>;

/// One direction: what is read at one time is written at a later one. An empty piece is the end.
class Line {
 public:
  Line(SocketPtr from, SocketPtr to, Clock::duration delay)
      : from_(std::move(from)), to_(std::move(to)), delay_(delay) {}

  void read() {
    std::string piece(kPieceOctets, '\0');
    ssize_t count = 0;
    do {
      count = ::recv(from_->get(), piece.data(), piece.size(), 0);
      const std::scoped_lock lock(mutex_);
      pieces_.emplace_back(Clock::now() + delay_,
                           piece.substr(0, count > 0 ? static_cast<std::size_t>(count) : 0));
      wake_.notify_one();
    } while (count > 0);
  }

  void write() {
    while (true) {
      const auto [due, piece] = next();
      wait_until(due);
      if (piece.empty()) break;
      if (!write_all(piece)) break;
    }
    ::shutdown(to_->get(), SHUT_WR);
    ::shutdown(from_->get(), SHUT_RD);
  }

 private:
  std::pair<Clock::time_point, std::string> next() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return !pieces_.empty(); });
    auto piece = std::move(pieces_.front());
    pieces_.pop_front();
    return piece;
  }
  void wait_until(Clock::time_point due) {
    std::unique_lock lock(mutex_);
    wake_.wait_until(lock, due, [due] { return Clock::now() >= due; });
  }
  bool write_all(std::string_view octets) {
    while (!octets.empty()) {
      const ssize_t sent = ::send(to_->get(), octets.data(), octets.size(), MSG_NOSIGNAL);
      if (sent < 0) return false;
      octets.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  SocketPtr from_;
  SocketPtr to_;
  Clock::duration delay_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::pair<Clock::time_point, std::string>> pieces_;
};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

SocketPtr tcp_socket() {
  return std::make_shared<Socket>(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

void start(const SocketPtr& from, const SocketPtr& to, Clock::duration delay) {
  const auto line = std::make_shared<Line>(from, to, delay);
  // They end with their connections, or with the process.
  std::thread([line] { line->read(); }).detach();
  std::thread([line] { line->write(); }).detach();
}

}  // namespace

void run_delay_proxy(std::uint16_t port, std::chrono::milliseconds round_trip) {
  const SocketPtr listener = tcp_socket();
  sockaddr_in own = loopback(0);
  socklen_t size = sizeof own;
  auto* address = reinterpret_cast<sockaddr*>(&own);
  if (::bind(listener->get(), address, size) != 0 || ::listen(listener->get(), 16) != 0 ||
      ::getsockname(listener->get(), address, &size) != 0)
    fail("listen");
  std::printf("%u\n", static_cast<unsigned>(ntohs(own.sin_port)));
  std::fflush(stdout);
  while (true) {
    const auto client = std::make_shared<Socket>(::accept(listener->get(), nullptr, nullptr));
    const SocketPtr server = tcp_socket();
    sockaddr_in far = loopback(port);
    if (::connect(server->get(), reinterpret_cast<sockaddr*>(&far), sizeof far) != 0) continue;
    start(client, server, round_trip / 2);
    start(server, client, round_trip / 2);
  }
}

}  // namespace postern::bench
