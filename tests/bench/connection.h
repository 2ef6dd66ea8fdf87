#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace postern::bench {

enum class Layer { plain, tls };

struct Login {
  std::string host, port, user, password;
};

/// A blocking connection, over TCP alone or TLS with whoever answers, that reads lines and skips
/// literals fast. Throws std::runtime_error for everything that goes wrong: a benchmark has nothing
/// to save. One thread.
class Connection {
 public:
  Connection(const std::string& host, const std::string& port, Layer layer);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  void send(std::string_view octets);
  /// The next line without CRLF; valid until the next call.
  std::string_view line();
  /// Reads and throws away.
  void skip(std::uint64_t octets);
  /// Reads and throws away up to and with the line that holds only a dot (RFC 1939 section 3).
  void skip_multiline();
  [[nodiscard]] std::uint64_t received() const { return received_; }

 private:
  struct Tls;
  void fill();
  [[nodiscard]] std::size_t receive();

  int socket_ = -1;
  std::unique_ptr<Tls> tls_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t received_ = 0;
  std::string line_;
};

}  // namespace postern::bench
