#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern::wire::http {

/// What a client asks a server (RFC 9110 section 6), taken apart.
struct Request {
  std::string method;
  std::string path;   ///< as it came: nothing is decoded, no dots are resolved
  std::string query;  ///< without "?"
  std::vector<std::pair<std::string, std::string>> fields;  ///< in the order they came
  std::string body;
  /// The client means to go on with this connection (RFC 9112 section 9.3).
  bool persistent = false;

  /// The value of the only field of that name; nullopt for none, and for several.
  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const;
};

/// The value of a cookie in a Cookie field (RFC 6265 section 4.2.1); nullopt if it is not there.
[[nodiscard]] std::optional<std::string_view> cookie(std::string_view field, std::string_view name);

/// The requests on one connection, one after the other, fed in pieces of any size to the same end
/// (RFC 9112). Everything is bounded.
///
/// What two programs could read differently is refused, so that no request can hide in another one
/// (RFC 9112 section 11.2): lines that do not end with CRLF, folded fields, white space before a
/// colon, a length that is not plain digits or stands there twice, any Transfer-Encoding, no Host
/// or two.
class RequestParser {
 public:
  static constexpr std::size_t head_limit = 8UL * 1024;   ///< octets, the empty line included
  static constexpr std::size_t body_limit = 64UL * 1024;  ///< octets
  static constexpr std::size_t most_fields = 64;

  enum class Status : std::uint8_t {
    more,
    done,
    refused,  ///< answered with refusal(); the connection is of no use any more
  };

  /// Takes what belongs to the request off `octets`; what follows is of the next one. After
  /// anything but `more` nothing changes.
  Status feed(std::string_view& octets);
  /// Something of a request has come, and not all of it.
  [[nodiscard]] bool begun() const { return status_ == Status::more && !head_.empty(); }
  /// The status code of the answer to what was refused.
  [[nodiscard]] unsigned refusal() const { return refusal_; }
  /// Once `done`; the next request begins.
  [[nodiscard]] Request take();

 private:
  Status refuse(unsigned code);
  Status take_head(std::string_view& octets);
  Status take_body(std::string_view& octets);
  Status parse_head();
  Status add_field(std::string_view line);
  Status head_ended();

  Status status_ = Status::more;
  unsigned refusal_ = 400;
  std::string head_;
  bool in_body_ = false;
  std::size_t left_ = 0;  ///< of the body
  Request request_;
};

}  // namespace postern::wire::http
