#include "sync/wire/http/response.h"

#include <algorithm>
#include <charconv>

#include "sync/base/secret.h"
#include "sync/wire/ascii.h"
#include "sync/wire/http/header.h"

namespace postern::wire::http {
namespace {

/// A number of that base and nothing else; more than the limit is one more than the limit.
bool parse_size(std::string_view text, int base, std::size_t& size) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (end != text.data() + text.size() || text.empty()) return false;
  if (error == std::errc::invalid_argument) return false;
  size = error == std::errc() ? std::min(value, ResponseParser::body_limit + 1)
                              : ResponseParser::body_limit + 1;
  return true;
}

}  // namespace

ResponseParser::ResponseParser() {
  // Never moved while it grows: tokens are not left behind in memory.
  body_.reserve(body_limit);
}

ResponseParser::~ResponseParser() {
  wipe(body_.data(), body_.size());
}

ResponseParser::Status ResponseParser::feed(std::string_view octets) {
  while (status_ == Status::more && !octets.empty()) {
    const bool data =
        step_ == Step::body_of_length || step_ == Step::body_until_end || step_ == Step::chunk_data;
    if (data) {
      status_ = take_data(octets);
    } else if (take_line(octets)) {
      status_ = line_ended();
      line_.clear();
    } else if (line_octets_ > header_limit) {
      status_ = Status::too_large;
    }
  }
  return status_;
}

ResponseParser::Status ResponseParser::end() {
  if (status_ == Status::more)
    status_ = step_ == Step::body_until_end ? Status::done : Status::malformed;
  return status_;
}

bool ResponseParser::take_line(std::string_view& octets) {
  // What stands beyond the limit is not looked at, so that pieces of any size give the same.
  const std::size_t room = header_limit + 1 - line_octets_;
  const std::string_view near = octets.substr(0, room);
  const std::size_t end = near.find('\n');
  const std::size_t count = end == std::string_view::npos ? near.size() : end + 1;
  line_ += near.substr(0, count);
  line_octets_ += count;
  octets.remove_prefix(count);
  if (end == std::string_view::npos || line_octets_ > header_limit) return false;
  line_.pop_back();
  if (line_.ends_with('\r')) line_.pop_back();
  return true;
}

ResponseParser::Status ResponseParser::take_data(std::string_view& octets) {
  const bool open_end = step_ == Step::body_until_end;
  const std::size_t count = open_end ? octets.size() : std::min(octets.size(), left_);
  if (body_.size() + count > body_limit) return Status::too_large;
  body_ += octets.substr(0, count);
  octets.remove_prefix(count);
  if (open_end) return Status::more;
  left_ -= count;
  if (left_ != 0) return Status::more;
  if (step_ == Step::body_of_length) return finish();
  step_ = Step::chunk_end;
  return Status::more;
}

ResponseParser::Status ResponseParser::line_ended() {
  switch (step_) {
    case Step::status_line: return status_line();
    case Step::field: return line_.empty() ? head_ended() : field_line();
    case Step::chunk_size: return chunk_size_line();
    case Step::chunk_end:
      step_ = Step::chunk_size;
      return line_.empty() ? Status::more : Status::malformed;
    case Step::trailer: return line_.empty() ? finish() : Status::more;
    case Step::body_of_length:
    case Step::body_until_end:
    case Step::chunk_data:
    case Step::done: break;
  }
  return Status::malformed;
}

ResponseParser::Status ResponseParser::status_line() {
  // RFC 9112 section 4: HTTP-version SP status-code SP [reason]; some leave the last space out.
  const std::string_view line = line_;
  const bool versioned = line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ");
  if (!versioned || line.size() < 12 || (line.size() > 12 && line[12] != ' '))
    return Status::malformed;
  const std::string_view digits = line.substr(9, 3);
  if (!std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }) || digits[0] == '0')
    return Status::malformed;
  code_ = 0;
  for (const char c : digits) code_ = code_ * 10 + static_cast<unsigned>(c - '0');
  step_ = Step::field;
  return Status::more;
}

ResponseParser::Status ResponseParser::field_line() {
  const auto field = parse_field(line_);
  if (!field) return Status::malformed;
  if (equal_ignoring_case(field->name, "Content-Length")) {
    std::size_t length = 0;
    if (!parse_size(field->value, 10, length)) return Status::malformed;
    // RFC 9112 section 6.3: several that differ are an attack or a fault.
    if (has_length_ && length != left_) return Status::malformed;
    has_length_ = true;
    left_ = length;
  } else if (equal_ignoring_case(field->name, "Transfer-Encoding")) {
    if (chunked_ || !equal_ignoring_case(field->value, "chunked")) return Status::malformed;
    chunked_ = true;
  } else if (equal_ignoring_case(field->name, "Content-Encoding")) {
    // None was asked for.
    if (!equal_ignoring_case(field->value, "identity")) return Status::malformed;
  }
  return Status::more;
}

ResponseParser::Status ResponseParser::head_ended() {
  if (chunked_ && has_length_) return Status::malformed;
  if (code_ < 200) {
    // RFC 9110 section 15.2: the answer itself is still to come. 101 was not asked for.
    if (code_ == 101 || has_length_ || chunked_) return Status::malformed;
    step_ = Step::status_line;
    return Status::more;
  }
  if (code_ == 204 || code_ == 304) return finish();
  if (chunked_) {
    step_ = Step::chunk_size;
    return Status::more;
  }
  if (!has_length_) {
    step_ = Step::body_until_end;
    return Status::more;
  }
  if (left_ > body_limit) return Status::too_large;
  if (left_ == 0) return finish();
  step_ = Step::body_of_length;
  return Status::more;
}

ResponseParser::Status ResponseParser::chunk_size_line() {
  std::string_view text = line_;
  text = text.substr(0, text.find(';'));
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  if (!parse_size(text, 16, left_)) return Status::malformed;
  if (left_ > body_limit - body_.size()) return Status::too_large;
  step_ = left_ == 0 ? Step::trailer : Step::chunk_data;
  return Status::more;
}

ResponseParser::Status ResponseParser::finish() {
  step_ = Step::done;
  return Status::done;
}

}  // namespace postern::wire::http
