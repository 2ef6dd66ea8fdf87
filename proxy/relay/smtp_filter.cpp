#include "proxy/relay/smtp_filter.h"

#include <algorithm>
#include <utility>

#include "sync/wire/command_text.h"

namespace postern::relay {
namespace {

using wire::is_word;
using wire::take_word;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// RFC 5321 section 4.2: three digits, and a blank or a hyphen before the text.
bool is_reply(std::string_view line) {
  return line.size() >= 3 && std::ranges::all_of(line.substr(0, 3), is_digit) &&
         (line.size() == 3 || line[3] == ' ' || line[3] == '-');
}

bool is_last(std::string_view line) {
  return line.size() == 3 || line[3] == ' ';
}

bool is_keyword(std::string_view line, std::string_view capitals) {
  std::string_view rest = line.substr(std::min<std::size_t>(4, line.size()));
  return is_word(take_word(rest), capitals);
}

}  // namespace

void SmtpFilter::on_left(std::string_view line, Out out) {
  if (awaited_ == Awaited::response) {
    awaited_ = Awaited::exchange;
    return pass(line, out.right);
  }
  std::string_view rest = line;
  const std::string_view verb = take_word(rest);
  if (is_word(verb, "STARTTLS")) {
    out.left += "502 5.5.1 Postern has made TLS to the server already; switch it off here\r\n";
    return;
  }
  pass(line, out.right);
  if (is_word(verb, "EHLO")) {
    awaited_ = Awaited::hello;
  } else if (is_word(verb, "AUTH")) {
    awaited_ = Awaited::exchange;
  } else if (is_word(verb, "MAIL")) {
    go_through();
  } else {
    awaited_ = Awaited::reply;
  }
}

void SmtpFilter::on_right(std::string_view line, Out out) {
  if (!is_reply(line)) return fail("the server does not speak SMTP", out);
  if (line.starts_with("421")) goodbye_ = true;
  if (awaited_ == Awaited::hello) {
    hello_line(line, out);
  } else {
    pass(line, out.left);
  }
  if (is_last(line)) replied(line.substr(0, 3));
}

void SmtpFilter::hello_line(std::string_view line, Out out) {
  // The first line names the server.
  const bool hidden = !held_line_.empty() && is_keyword(line, "STARTTLS");
  if (!hidden) {
    if (!held_line_.empty()) pass(held_line_, out.left);
    held_line_ = line;
  }
  if (!is_last(line)) return;
  if (held_line_.size() > 3) held_line_[3] = ' ';
  if (!held_line_.empty()) pass(held_line_, out.left);
  held_line_.clear();
}

void SmtpFilter::replied(std::string_view code) {
  const bool exchange = awaited_ == Awaited::exchange;
  awaited_ = Awaited::nothing;
  if (exchange && code == "334") awaited_ = Awaited::response;
  if (exchange && code.starts_with('2')) go_through();
}

}  // namespace postern::relay
