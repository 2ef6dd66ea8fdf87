#include "tests/bench/relay_load.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace postern::bench {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kPieceOctets = 256 * 1024;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {
    if (descriptor_ < 0) fail("socket");
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket(const Socket&) = delete;
  ~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

sockaddr_in here(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

/// One connection of a program without TLS.
class Program {
 public:
  explicit Program(const std::string& port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const sockaddr_in to = here(static_cast<std::uint16_t>(std::stoul(port)));
    if (::connect(socket_.descriptor(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
      fail("connect");
  }
  void send(std::string_view text) const {
    if (::send(socket_.descriptor(), text.data(), text.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(text.size()))
      fail("send");
  }
  void expect_ok() const {
    char line[256];
    std::size_t have = 0;
    while (have == 0 || line[have - 1] != '\n') {
      const ssize_t count = ::recv(socket_.descriptor(), line + have, sizeof line - have, 0);
      if (count <= 0) throw std::runtime_error("the connection ended");
      have += static_cast<std::size_t>(count);
    }
    if (line[0] != '+') throw std::runtime_error(std::string(line, have));
  }
  void log_in() const {
    expect_ok();
    send("USER u\r\n");
    expect_ok();
    send("PASS p\r\n");
    expect_ok();
  }
  void skip(std::uint64_t octets, std::vector<char>& buffer) const {
    while (octets > 0) {
      const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(octets, buffer.size()));
      const ssize_t count = ::recv(socket_.descriptor(), buffer.data(), most, 0);
      if (count <= 0) throw std::runtime_error("the connection ended");
      octets -= static_cast<std::uint64_t>(count);
    }
  }

 private:
  Socket socket_;
};

/// The server's side of one connection, until it ends.
void serve(int descriptor, SSL_CTX* context, const std::string& octets) {
  const Socket socket(descriptor);
  const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context), &SSL_free);
  SSL_set_fd(tls.get(), socket.descriptor());
  if (SSL_accept(tls.get()) != 1) {
    std::fprintf(stderr, "bench_client: no handshake: ");
    ERR_print_errors_fp(stderr);
    return;
  }
  const auto say = [&tls](std::string_view text) {
    return SSL_write(tls.get(), text.data(), static_cast<int>(text.size())) > 0;
  };
  bool good = say("+OK\r\n");
  std::string input;
  while (good) {
    char buffer[512];
    const int count = SSL_read(tls.get(), buffer, sizeof buffer);
    if (count <= 0) break;
    input.append(buffer, static_cast<std::size_t>(count));
    const std::size_t end = input.find("\r\n");
    if (end == std::string::npos) continue;
    const std::string line = input.substr(0, end);
    input.erase(0, end + 2);
    if (!line.starts_with("RETR ")) {
      good = say("+OK\r\n");
      continue;
    }
    for (std::uint64_t left = std::stoull(line.substr(5)); left > 0 && good;) {
      const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(left, octets.size()));
      good = say(std::string_view(octets).substr(0, now));
      left -= now;
    }
  }
  SSL_shutdown(tls.get());
}

double seconds_since(Clock::time_point began) {
  return std::chrono::duration<double>(Clock::now() - began).count();
}

}  // namespace

void run_relay_upstream(const std::string& certificate, const std::string& key) {
  // A program that goes away in the middle of a handshake is nothing to end for.
  std::signal(SIGPIPE, SIG_IGN);
  SSL_CTX* context = SSL_CTX_new(TLS_method());
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
    throw std::runtime_error("cannot use the certificate");
  const Socket listener(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address = here(0);
  socklen_t length = sizeof address;
  if (::bind(listener.descriptor(), reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      ::listen(listener.descriptor(), 1024) != 0 ||
      ::getsockname(listener.descriptor(), reinterpret_cast<sockaddr*>(&address), &length) != 0)
    fail("listen");
  std::printf("%u\n", ntohs(address.sin_port));
  std::fflush(stdout);
  const std::string octets(kPieceOctets, 'x');
  while (true) {
    const int descriptor = ::accept(listener.descriptor(), nullptr, nullptr);
    if (descriptor >= 0) std::thread(serve, descriptor, context, std::cref(octets)).detach();
  }
}

double relay_fetch(const std::string& port, std::size_t clients, std::uint64_t octets) {
  std::optional<Clock::time_point> began;
  std::barrier start(static_cast<std::ptrdiff_t>(clients),
                     [&]() noexcept { began = Clock::now(); });
  std::atomic<bool> broken = false;
  std::vector<std::jthread> threads;
  threads.reserve(clients);
  for (std::size_t client = 0; client < clients; ++client) {
    threads.emplace_back([&] {
      try {
        const Program program(port);
        std::vector<char> buffer(kPieceOctets);
        program.log_in();
        start.arrive_and_wait();
        program.send("RETR " + std::to_string(octets) + "\r\n");
        program.skip(octets, buffer);
      } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        broken = true;
        start.arrive_and_drop();
      }
    });
  }
  threads.clear();
  if (broken) throw std::runtime_error("a connection failed");
  return seconds_since(*began);
}

double relay_connect(const std::string& port, std::size_t clients, std::size_t count) {
  std::atomic<std::size_t> left = count;
  std::atomic<bool> broken = false;
  const auto began = Clock::now();
  std::vector<std::jthread> threads;
  threads.reserve(clients);
  for (std::size_t client = 0; client < clients; ++client) {
    threads.emplace_back([&] {
      try {
        while (true) {
          std::size_t now = left;
          while (now > 0 && !left.compare_exchange_weak(now, now - 1)) continue;
          if (now == 0) break;
          Program(port).expect_ok();
        }
      } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        broken = true;
      }
    });
  }
  threads.clear();
  if (broken) throw std::runtime_error("a connection failed");
  return seconds_since(began);
}

void relay_idle(const std::string& port, std::size_t count) {
  std::vector<std::unique_ptr<Program>> programs;
  for (std::size_t i = 0; i < count; ++i) {
    programs.push_back(std::make_unique<Program>(port));
    programs.back()->log_in();
  }
  std::printf("ready\n");
  std::fflush(stdout);
  while (std::getchar() != EOF) continue;
}

}  // namespace postern::bench
