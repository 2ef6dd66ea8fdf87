#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sync/wire/http/request_parser.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using postern::wire::http::Request;
using postern::wire::http::RequestParser;

namespace {

/// What a connection comes to: its requests, and the code that it ended with.
struct Outcome {
  std::vector<std::string> requests{};
  unsigned refusal = 0;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

bool is_line(std::string_view text) {
  return text.find_first_of("\r\n") == std::string_view::npos &&
         text.find('\0') == std::string_view::npos;
}

std::string text_of(const Request& request) {
  require(is_line(request.method) && is_line(request.path) && is_line(request.query));
  require(request.path.starts_with('/'));
  require(request.field("Host").has_value() && !request.field("Transfer-Encoding"));
  require(request.fields.size() <= RequestParser::most_fields);
  require(request.body.size() <= RequestParser::body_limit);
  std::string text = request.method + " " + request.path + "?" + request.query + "\n";
  for (const auto& [name, value] : request.fields) {
    require(is_line(name) && is_line(value));
    text += name + ": " + value + "\n";
  }
  return text + request.body;
}

Outcome parse(std::string_view text, std::size_t size) {
  RequestParser parser;
  Outcome out;
  while (!text.empty()) {
    std::string_view piece = text.substr(0, size);
    text.remove_prefix(piece.size());
    while (!piece.empty()) {
      const auto status = parser.feed(piece);
      if (status == RequestParser::Status::refused) {
        out.refusal = parser.refusal();
        return out;
      }
      if (status == RequestParser::Status::done) out.requests.push_back(text_of(parser.take()));
    }
  }
  return out;
}

}  // namespace

/// The requests on a connection are the same in all pieces, and bounded; nothing in them ends a
/// line (K14).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Outcome whole = parse(text, size + 1);
  require(parse(text, 1) == whole);
  require(parse(text, 7) == whole);
  return 0;
}
