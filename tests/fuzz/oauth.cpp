#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sync/wire/http/request.h"
#include "sync/wire/http/response.h"
#include "sync/wire/http/url.h"
#include "sync/wire/oauth/answer.h"
#include "tests/fuzz/require.h"

using postern::Secret;
using postern::fuzz::require;
using namespace postern::wire;

namespace {

struct Outcome {
  http::ResponseParser::Status status;
  unsigned code = 0;
  std::string body = "";
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// Fed in pieces of `size` octets.
Outcome parse(std::string_view text, std::size_t size) {
  http::ResponseParser parser;
  while (!text.empty()) {
    parser.feed(text.substr(0, size));
    text.remove_prefix(std::min(size, text.size()));
  }
  Outcome out{parser.end()};
  if (out.status != http::ResponseParser::Status::done) return out;
  out.code = parser.status_code();
  out.body = parser.take_body();
  return out;
}

bool is_clean(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

void check_answers(const Outcome& response) {
  const Secret body(response.body);
  if (const auto grant = oauth::parse_grant(response.code, body)) {
    require(response.code == 200 && !grant->access_token.empty());
    require(is_clean(grant->access_token.reveal()) && is_clean(grant->refresh_token.reveal()));
    require(grant->lifetime.count() >= 0);
  } else {
    require(grant.error().words.size() <= 300);
  }
  if (const auto device = oauth::parse_device_grant(response.code, body)) {
    require(is_clean(device->user_code) && is_clean(device->verification_uri));
    require(is_clean(device->verification_uri_complete));
    require(device->interval.count() > 0 && device->lifetime.count() > 0);
  }
}

}  // namespace

/// An HTTP answer is the same in all pieces and bounded (E17); what is taken from it holds nothing
/// that ends a line; URLs and forms come back as they went.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Outcome whole = parse(text, size + 1);
  require(whole.body.size() <= http::ResponseParser::body_limit);
  require(parse(text, 1) == whole);
  require(parse(text, 7) == whole);
  check_answers(whole);
  check_answers({http::ResponseParser::Status::done, 200, std::string(text)});

  http::RequestHead head;
  if (head.feed(text) == http::RequestHead::Status::complete) {
    const auto line = http::parse_request_line(head.line());
    require(!line || (line->path.starts_with('/') && is_clean(line->query)));
    require(head.host().size() < size);
  }
  if (const auto url = http::parse_url(text)) {
    require(is_clean(url->text()));
    const auto again = http::parse_url(url->text());
    require(again && again->text() == url->text());
  }
  if (const auto fields = http::decode_form(text))
    require(http::decode_form(http::encode_form(*fields)) == fields);
  const auto redirect = oauth::parse_redirect(text, "st");
  require(is_clean(redirect.code.reveal()));
  return 0;
}
