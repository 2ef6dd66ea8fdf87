#include "proxy/relay/filter.h"

#include <algorithm>
#include <utility>

#include "proxy/relay/imap_filter.h"
#include "proxy/relay/pop3_filter.h"
#include "proxy/relay/smtp_filter.h"
#include "sync/base/wiping.h"

namespace postern::relay {

std::unique_ptr<Filter> make_filter(Protocol protocol, Greeted greeted, std::size_t line_limit) {
  switch (protocol) {
    case Protocol::imap: return std::make_unique<ImapFilter>(greeted, line_limit);
    case Protocol::pop3: return std::make_unique<Pop3Filter>(greeted, line_limit);
    case Protocol::smtp: return std::make_unique<SmtpFilter>(greeted, line_limit);
  }
  return nullptr;
}

void Filter::from_left(std::string_view octets, Out out) {
  left_.add(octets);
  work_left(out);
}

void Filter::work_left(Out out) {
  while (state_ == State::going && !awaits_answer() && !left_.empty()) {
    if (const std::uint64_t literal = left_literal(); literal != 0) {
      const std::string_view octets =
          left_.take(static_cast<std::size_t>(std::min<std::uint64_t>(literal, left_.size())));
      append_wiping(out.right, octets);
      left_literal_passed(octets.size());
      continue;
    }
    const auto line = left_.line();
    if (left_.too_long()) return fail("the program sent a line without an end", out);
    if (!line) break;
    on_left(*line, out);
  }
  if (state_ == State::through) open(out);
}

void Filter::from_right(std::string_view octets, Out out) {
  right_.add(octets);
  while (state_ == State::going && !right_.empty()) {
    if (const std::uint64_t literal = right_literal(); literal != 0) {
      const std::string_view passed =
          right_.take(static_cast<std::size_t>(std::min<std::uint64_t>(literal, right_.size())));
      out.left += passed;
      right_literal_passed(passed.size());
      continue;
    }
    const auto line = right_.line();
    if (right_.too_long()) return fail("the server sent a line without an end", out);
    if (!line) break;
    on_right(*line, out);
    // Before the next line: what comes of it must not depend on how lines are packed.
    work_left(out);
  }
  if (state_ == State::through) open(out);
}

/// What is held goes on.
void Filter::open(Out out) {
  out.left += right_.take(right_.size());
  append_wiping(out.right, left_.take(left_.size()));
}

void Filter::right_ended(Out out) {
  if (state_ == State::going && !said_goodbye()) fail("the server ended the connection", out);
}

bool Filter::takes_left() const {
  return !awaits_answer();
}

void Filter::pass(std::string_view line, std::string& to) {
  append_wiping(to, line);
  append_wiping(to, "\r\n");
}

void Filter::fail(std::string reason, Out out) {
  out.left += farewell(protocol_, reason);
  reason_ = std::move(reason);
  state_ = State::failed;
}

}  // namespace postern::relay
