#include "sync/wire/http/request_parser.h"

#include <algorithm>
#include <charconv>

#include "sync/wire/ascii.h"
#include "sync/wire/command_text.h"
#include "sync/wire/http/header.h"
#include "sync/wire/http/request.h"

namespace postern::wire::http {
namespace {

constexpr unsigned bad_request = 400;
constexpr unsigned content_too_large = 413;
constexpr unsigned expectation_failed = 417;
constexpr unsigned fields_too_large = 431;
constexpr unsigned not_implemented = 501;
constexpr unsigned version_not_supported = 505;

/// Plain digits only; more than the limit is one more than the limit.
std::optional<std::size_t> parse_length(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || !std::ranges::all_of(text, digit)) return std::nullopt;
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::size_t beyond = RequestParser::body_limit + 1;
  return error == std::errc() ? std::min(value, beyond) : beyond;
}

bool names_option(std::string_view value, std::string_view option) {
  while (!value.empty()) {
    const std::string_view one = value.substr(0, value.find(','));
    value.remove_prefix(std::min(value.size(), one.size() + 1));
    if (equal_ignoring_case(trimmed(one), option)) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string_view> Request::field(std::string_view name) const {
  std::optional<std::string_view> found;
  for (const auto& [key, value] : fields) {
    if (!equal_ignoring_case(key, name)) continue;
    if (found) return std::nullopt;
    found = value;
  }
  return found;
}

std::optional<std::string_view> cookie(std::string_view field, std::string_view name) {
  while (!field.empty()) {
    std::string_view pair = field.substr(0, field.find(';'));
    field.remove_prefix(std::min(field.size(), pair.size() + 1));
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('='))
      return pair.substr(name.size() + 1);
  }
  return std::nullopt;
}

RequestParser::Status RequestParser::refuse(unsigned code) {
  refusal_ = code;
  return Status::refused;
}

RequestParser::Status RequestParser::feed(std::string_view& octets) {
  if (status_ == Status::more && !in_body_) status_ = take_head(octets);
  if (status_ == Status::more && in_body_) status_ = take_body(octets);
  return status_;
}

Request RequestParser::take() {
  Request out = std::move(request_);
  *this = RequestParser();
  return out;
}

RequestParser::Status RequestParser::take_head(std::string_view& octets) {
  // RFC 9112 section 2.2: an empty line before a request is passed over. One is enough.
  const std::size_t from = head_.size() < 3 ? 0 : head_.size() - 3;
  const std::size_t before = head_.size();
  head_ += octets.substr(0, head_limit - before);
  const std::size_t skipped = head_.starts_with("\r\n") ? 2 : 0;
  const std::size_t end = head_.find("\r\n\r\n", std::max(from, skipped));
  if (end == std::string::npos) {
    octets.remove_prefix(head_.size() - before);
    return head_.size() == head_limit ? refuse(fields_too_large) : Status::more;
  }
  octets.remove_prefix(end + 4 - before);
  head_.resize(end + 2);
  head_.erase(0, skipped);
  return parse_head();
}

RequestParser::Status RequestParser::parse_head() {
  std::string_view rest = head_;
  // A line end is CRLF and nothing else, so neither half of it stands anywhere by itself.
  for (std::size_t at = 0; at < rest.size(); ++at) {
    if (rest[at] == '\n') return refuse(bad_request);
    if (rest[at] != '\r') continue;
    if (at + 1 == rest.size() || rest[at + 1] != '\n') return refuse(bad_request);
    ++at;
  }
  const auto next_line = [&rest] {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(line.size() + 2);
    return line;
  };
  const std::string_view first = next_line();
  const auto line = parse_request_line(first);
  if (!line) {
    const std::size_t version = first.rfind(" HTTP/");
    const bool other = version != std::string_view::npos && !first.ends_with(" HTTP/1.1") &&
                       !first.ends_with(" HTTP/1.0");
    return refuse(other ? version_not_supported : bad_request);
  }
  request_.method = line->method;
  request_.path = line->path;
  request_.query = line->query;
  request_.persistent = first.ends_with(" HTTP/1.1");
  while (!rest.empty()) {
    if (add_field(next_line()) == Status::refused) return Status::refused;
  }
  return head_ended();
}

RequestParser::Status RequestParser::add_field(std::string_view line) {
  const auto field = parse_field(line);
  if (!field) return refuse(bad_request);
  if (request_.fields.size() == most_fields) return refuse(fields_too_large);
  request_.fields.emplace_back(field->name, field->value);
  return Status::more;
}

RequestParser::Status RequestParser::head_ended() {
  const auto count = [this](std::string_view name) {
    return std::ranges::count_if(
        request_.fields, [name](const auto& one) { return equal_ignoring_case(one.first, name); });
  };
  if (count("Host") != 1) return refuse(bad_request);
  // A body in chunks is not needed by anybody here.
  if (count("Transfer-Encoding") != 0) return refuse(not_implemented);
  if (count("Expect") != 0) return refuse(expectation_failed);
  for (const auto& [name, value] : request_.fields) {
    if (!equal_ignoring_case(name, "Connection")) continue;
    if (names_option(value, "close")) request_.persistent = false;
  }
  if (count("Content-Length") == 0) return Status::done;
  const auto value = request_.field("Content-Length");
  const auto length = value ? parse_length(*value) : std::nullopt;
  if (!length) return refuse(bad_request);
  if (*length > body_limit) return refuse(content_too_large);
  left_ = *length;
  in_body_ = left_ > 0;
  return in_body_ ? Status::more : Status::done;
}

RequestParser::Status RequestParser::take_body(std::string_view& octets) {
  const std::size_t count = std::min(octets.size(), left_);
  request_.body += octets.substr(0, count);
  octets.remove_prefix(count);
  left_ -= count;
  return left_ == 0 ? Status::done : Status::more;
}

}  // namespace postern::wire::http
