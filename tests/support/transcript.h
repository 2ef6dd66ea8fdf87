#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace postern::test {

/// A dialogue as a text file, strict in order:
///
///   # a comment
///   C: a NOOP            what a client sends, CRLF is added; C2: is the second client
///   S: a OK <*>          what it gets next, whole lines; S2: likewise
///   S: <end>             the server closes the connection
///   L2: INBOX            the second client logs in (as anna) and selects, its answers unread
///   I: other.txt         the lines of another file stand here
///
/// In S lines <*> stands for any text, <#> for a number, <#name> for a number that is the same
/// wherever the name stands. In C lines <crlf> is a line end, <x 9000> repeats x, <octet ff> is one
/// octet, <none> at the end of a line sends no line end.
class Transcript {
 public:
  struct Line {
    enum class Kind { send, expect, log_in } kind;
    std::string client;
    std::string text;
    std::string place;  ///< "file:line"
  };

  static Transcript read(const std::filesystem::path& file);
  /// The names of those in a folder, without their ".txt", in order.
  static std::vector<std::string> names_in(const std::filesystem::path& folder);
  [[nodiscard]] const std::vector<Line>& lines() const { return lines_; }

  /// Plays it against a server on this port of 127.0.0.1. Returns what went wrong, empty if
  /// nothing.
  [[nodiscard]] std::string play(std::uint16_t port) const;
  enum class Ending { reset, closed };
  /// Sends what the first `count` lines say without waiting for answers, then all programs are
  /// gone: as if they had crashed, or in order.
  void play_and_leave(std::uint16_t port, std::size_t count, Ending ending) const;

 private:
  std::vector<Line> lines_;
};

/// A blocking connection for tests: everything has a deadline of 20 seconds.
class LineClient {
 public:
  explicit LineClient(std::uint16_t port);
  LineClient(LineClient&& other) noexcept;
  LineClient(const LineClient&) = delete;
  ~LineClient();

  void send(std::string_view octets);
  /// The next line without its end; "<end>" when the server closed, "<silence>" after the deadline.
  std::string line();
  /// Whether line() has something to give, or gets it in that time.
  bool line_within(std::chrono::milliseconds time);
  std::string octets(std::size_t count);
  /// Sends a command and gives all lines up to its tagged one, with it.
  std::vector<std::string> command(const std::string& text);
  /// Sends nothing more.
  void finish();
  /// The connection is reset, as if the program had crashed.
  void abort();

 private:
  bool fill();
  int socket_ = -1;
  std::string buffer_;
};

}  // namespace postern::test
