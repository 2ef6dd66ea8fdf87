#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "sync/base/secret.h"
#include "sync/wire/http/url.h"

namespace postern::wire::http {

/// A POST of a form that asks for JSON, on a connection that ends with it (RFC 9112). A secret
/// since the form holds some.
[[nodiscard]] Secret format_post(const Url& url, const Secret& form);

/// What a browser asks for: "GET /path?query HTTP/1.1" (RFC 9112 section 3). The views are of the
/// line.
struct RequestLine {
  std::string_view method;
  std::string_view path;
  std::string_view query;  ///< without "?"
};
/// nullopt for what is no HTTP/1.x request in origin form.
[[nodiscard]] std::optional<RequestLine> parse_request_line(std::string_view line);

/// The head of a request as it comes; the body, if any, is left aside.
class RequestHead {
 public:
  static constexpr std::size_t limit = 8192;
  enum class Status { more, complete, too_long };
  Status feed(std::string_view octets);
  /// Without its line end. Once complete.
  [[nodiscard]] std::string_view line() const;
  /// The value of Host; empty without one, or with several that differ.
  [[nodiscard]] std::string_view host() const;

 private:
  std::string head_;
};

/// An answer to a browser: a page of ours that loads nothing and is not kept, and the end of the
/// connection.
[[nodiscard]] std::string format_page(unsigned status, std::string_view reason,
                                      std::string_view html);

}  // namespace postern::wire::http
