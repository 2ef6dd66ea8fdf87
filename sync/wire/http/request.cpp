#include "sync/wire/http/request.h"

#include <algorithm>

#include <fmt/format.h>

#include "sync/wire/ascii.h"
#include "sync/wire/http/header.h"

namespace postern::wire::http {

Secret format_post(const Url& url, const Secret& form) {
  std::string text = fmt::format(
      "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
      "Content-Length: {}\r\nAccept: application/json\r\nUser-Agent: postern\r\n"
      "Connection: close\r\n\r\n",
      url.target, url.authority(), form.reveal().size());
  // In one piece: a string that grows leaves its old octets behind.
  text.reserve(text.size() + form.reveal().size());
  text += form.reveal();
  return Secret(std::move(text));
}

std::optional<RequestLine> parse_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || first == 0) return std::nullopt;
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return std::nullopt;
  RequestLine out;
  out.method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const auto printable = [](char c) { return c > ' ' && c < '\x7F'; };
  if (!is_token(out.method) || !target.starts_with('/') || !std::ranges::all_of(target, printable))
    return std::nullopt;
  const std::size_t mark = std::min(target.find('?'), target.size());
  out.path = target.substr(0, mark);
  if (mark < target.size()) out.query = target.substr(mark + 1);
  return out;
}

RequestHead::Status RequestHead::feed(std::string_view octets) {
  const std::size_t from = head_.size() < 3 ? 0 : head_.size() - 3;
  const std::size_t room = limit - head_.size();
  head_ += octets.substr(0, room);
  const std::size_t end = head_.find("\r\n\r\n", from);
  if (end != std::string::npos) {
    head_.resize(end + 2);
    return Status::complete;
  }
  return head_.size() == limit ? Status::too_long : Status::more;
}

std::string_view RequestHead::line() const {
  return std::string_view(head_).substr(0, head_.find("\r\n"));
}

std::string_view RequestHead::host() const {
  std::string_view found;
  std::string_view rest = std::string_view(head_).substr(line().size() + 2);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find("\r\n"), rest.size());
    const auto field = parse_field(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 2, rest.size()));
    if (!field || !equal_ignoring_case(field->name, "Host")) continue;
    if (!found.empty() && found != field->value) return {};
    found = field->value;
  }
  return found;
}

std::string format_page(unsigned status, std::string_view reason, std::string_view html) {
  return fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n"
      "Cache-Control: no-store\r\nContent-Security-Policy: default-src 'none'; style-src "
      "'unsafe-inline'\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n"
      "Connection: close\r\n\r\n{}",
      status, reason, html.size(), html);
}

}  // namespace postern::wire::http
