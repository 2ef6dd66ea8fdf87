#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace postern::wire::http {

/// An answer of a server, fed as it comes, in pieces of any size, to the same end (RFC 9112). Only
/// what a client needs that asks one question a connection: 1xx answers are passed over, a body
/// comes with Content-Length, chunked, or until the connection ends. Everything is bounded.
class ResponseParser {
 public:
  static constexpr std::size_t header_limit = 8UL * 1024;  ///< octets of all head lines together
  static constexpr std::size_t body_limit = 64UL * 1024;   ///< octets, chunks put together

  enum class Status : std::uint8_t {
    more,
    done,
    malformed,
    too_large,
  };

  /// Octets behind the answer are passed over. After anything but `more` nothing changes.
  Status feed(std::string_view octets);
  /// The connection ended in order: `done` if the body could end like that, else `malformed`.
  Status end();

  [[nodiscard]] unsigned status_code() const { return code_; }
  /// Once `done`; overwritten by its owner when it held secrets.
  [[nodiscard]] std::string take_body() { return std::move(body_); }
  ~ResponseParser();
  ResponseParser();
  ResponseParser(const ResponseParser&) = delete;

 private:
  enum class Step : std::uint8_t {
    status_line,
    field,
    body_of_length,
    body_until_end,
    chunk_size,
    chunk_data,
    chunk_end,
    trailer,
    done,
  };

  /// A line without its line end, once it is complete.
  bool take_line(std::string_view& octets);
  Status take_data(std::string_view& octets);
  Status line_ended();
  Status status_line();
  Status field_line();
  Status head_ended();
  Status chunk_size_line();
  Status finish();

  Step step_ = Step::status_line;
  Status status_ = Status::more;
  std::string line_;
  std::size_t line_octets_ = 0;  ///< of all lines so far
  unsigned code_ = 0;
  bool has_length_ = false;
  bool chunked_ = false;
  std::size_t left_ = 0;  ///< of the body or the chunk
  std::string body_;
};

}  // namespace postern::wire::http
