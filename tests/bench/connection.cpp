#include "tests/bench/connection.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <system_error>

#include <openssl/ssl.h>

namespace postern::bench {

namespace {

constexpr std::size_t kBufferOctets = 256 * 1024;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

struct Connection::Tls {
  template <auto free>
  struct Free {
    template <class T>
    void operator()(T* object) const {
      free(object);
    }
  };
  std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>> context{SSL_CTX_new(TLS_method())};
  std::unique_ptr<SSL, Free<SSL_free>> session{SSL_new(context.get())};
};

Connection::Connection(const std::string& host, const std::string& port, Layer layer)
    : buffer_(kBufferOctets) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0) {
    throw std::runtime_error(::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  socket_ = ::socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, found->ai_protocol);
  if (socket_ < 0) fail("socket");
  if (::connect(socket_, found->ai_addr, found->ai_addrlen) != 0) fail("connect");
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (layer == Layer::plain) return;
  tls_ = std::make_unique<Tls>();
  if (SSL_set_fd(tls_->session.get(), socket_) != 1 || SSL_connect(tls_->session.get()) != 1)
    throw std::runtime_error("the TLS handshake failed");
}

Connection::~Connection() {
  if (socket_ >= 0) ::close(socket_);
}

void Connection::send(std::string_view octets) {
  if (tls_) {
    if (SSL_write(tls_->session.get(), octets.data(), static_cast<int>(octets.size())) <= 0)
      throw std::runtime_error("the TLS connection ended");
    return;
  }
  while (!octets.empty()) {
    const ssize_t sent = ::send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent < 0) fail("send");
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::size_t Connection::receive() {
  if (tls_) {
    const int count =
        SSL_read(tls_->session.get(), buffer_.data(), static_cast<int>(buffer_.size()));
    if (count <= 0) throw std::runtime_error("the TLS connection ended");
    return static_cast<std::size_t>(count);
  }
  const ssize_t count = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
  if (count < 0) fail("recv");
  if (count == 0) throw std::runtime_error("the server closed the connection");
  return static_cast<std::size_t>(count);
}

void Connection::fill() {
  begin_ = 0;
  end_ = receive();
  received_ += end_;
}

std::string_view Connection::line() {
  line_.clear();
  while (true) {
    if (begin_ == end_) fill();
    const char* from = buffer_.data() + begin_;
    const auto* stop = static_cast<const char*>(std::memchr(from, '\n', end_ - begin_));
    if (stop != nullptr) {
      line_.append(from, stop);
      begin_ += static_cast<std::size_t>(stop - from) + 1;
      if (line_.ends_with('\r')) line_.pop_back();
      return line_;
    }
    line_.append(from, end_ - begin_);
    begin_ = end_;
  }
}

void Connection::skip(std::uint64_t octets) {
  while (octets > 0) {
    if (begin_ == end_) fill();
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(octets, end_ - begin_));
    begin_ += step;
    octets -= step;
  }
}

void Connection::skip_multiline() {
  // Searching for the five octets of the end is much faster than splitting into lines.
  constexpr std::string_view kEnd = "\r\n.\r\n";
  std::size_t matched = 2;  // a message may be empty: the end of the status line counts
  while (true) {
    if (begin_ == end_) fill();
    while (begin_ < end_) {
      if (matched == 0) {
        const auto* next =
            static_cast<const char*>(std::memchr(buffer_.data() + begin_, '\r', end_ - begin_));
        if (next == nullptr) {
          begin_ = end_;
          break;
        }
        begin_ = static_cast<std::size_t>(next - buffer_.data()) + 1;
        matched = 1;
        continue;
      }
      const char octet = buffer_[begin_++];
      if (octet == kEnd[matched]) {
        if (++matched == kEnd.size()) return;
      } else {
        matched = octet == '\r' ? 1 : 0;
      }
    }
  }
}

}  // namespace postern::bench
