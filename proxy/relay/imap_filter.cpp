#include "proxy/relay/imap_filter.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sync/wire/ascii.h"
#include "sync/wire/imap/framer.h"
#include "sync/wire/imap/literal.h"
#include "sync/wire/imap/response.h"
#include "sync/wire/imap/server_line.h"

namespace postern::relay {
namespace {

using wire::equal_ignoring_case;
using wire::imap::ServerLine;

constexpr std::array<std::string_view, 2> hidden{"STARTTLS", "LOGINDISABLED"};

/// RFC 9051 section 7.1: a status ends in text for people, which may look like a literal.
bool is_status(const ServerLine& line) {
  return line.is("OK") || line.is("NO") || line.is("BAD") || line.is("BYE") || line.is("PREAUTH");
}

}  // namespace

ImapFilter::ImapFilter(Greeted greeted, std::size_t line_limit)
    : Filter(Protocol::imap, line_limit),
      turn_(greeted == Greeted::yes ? Turn::command : Turn::greeting) {}

void ImapFilter::on_left(std::string_view line, Out out) {
  if (turn_ == Turn::command) return command(line, out);
  pass(line, out.right);
  if (turn_ == Turn::rest) {
    announced(line);
  } else {
    turn_ = Turn::answer;
  }
}

void ImapFilter::command(std::string_view line, Out out) {
  const std::string tag = wire::imap::tag_of(line);
  const std::string_view behind = line.substr(std::min(line.find(' '), line.size()));
  const std::string_view verb = behind.empty() ? "" : behind.substr(1, behind.find(' ', 1) - 1);
  if (tag == "*" || verb.empty()) {
    wire::imap::append_status(out.left, tag, wire::imap::Condition::bad, "",
                              "A command is a tag, a blank and a word");
    return;
  }
  if (equal_ignoring_case(verb, "STARTTLS")) {
    wire::imap::append_status(out.left, tag, wire::imap::Condition::bad, "",
                              "Postern has made TLS to the server already; switch it off here");
    return;
  }
  tag_ = tag;
  meaning_ = Meaning::other;
  if (equal_ignoring_case(verb, "AUTHENTICATE")) meaning_ = Meaning::exchange;
  if (equal_ignoring_case(verb, "LOGIN") || equal_ignoring_case(verb, "COMPRESS"))
    meaning_ = Meaning::last;
  pass(line, out.right);
  announced(line);
}

/// Whether the line just passed on ends its command.
void ImapFilter::announced(std::string_view line) {
  const auto literal = wire::imap::literal_at_end(line);
  literal_ = literal ? literal->octets : 0;
  asked_for_ = literal && literal->literal == wire::imap::Literal::synchronising;
  if (literal) {
    turn_ = literal_ == 0 ? Turn::rest : Turn::literal;
  } else {
    turn_ = std::exchange(answered_, false) ? Turn::command : Turn::answer;
  }
}

void ImapFilter::left_literal_passed(std::uint64_t octets) {
  literal_ -= octets;
  if (literal_ == 0) turn_ = Turn::rest;
}

void ImapFilter::on_right(std::string_view line, Out out) {
  if (inside_) return data(line, out);
  const ServerLine parsed = wire::imap::parse_server_line(line);
  if (turn_ == Turn::greeting) {
    const bool greets = parsed.kind == ServerLine::Kind::untagged &&
                        (parsed.is("OK") || parsed.is("PREAUTH") || parsed.is("BYE"));
    if (!greets) return fail("the server does not speak IMAP", out);
    turn_ = Turn::command;
    if (parsed.is("PREAUTH")) go_through();
  }
  if (parsed.kind == ServerLine::Kind::untagged && !is_status(parsed) &&
      wire::imap::literal_at_end(line))
    return data(line, out);
  pass(wire::imap::without_capabilities(line, hidden), out.left);
  if (parsed.kind == ServerLine::Kind::untagged && parsed.is("BYE")) goodbye_ = true;
  if (parsed.kind == ServerLine::Kind::tagged && parsed.tag == tag_) answered(parsed.keyword);
  if (parsed.kind == ServerLine::Kind::go_ahead && turn_ == Turn::answer &&
      meaning_ == Meaning::exchange)
    turn_ = Turn::response;
}

/// A line with a literal at its end, or one that goes on behind it, as in an ID answer: nothing in
/// it is looked at.
void ImapFilter::data(std::string_view line, Out out) {
  const auto literal = wire::imap::literal_at_end(line);
  inside_ = literal.has_value();
  told_ = literal ? literal->octets : 0;
  pass(line, out.left);
}

void ImapFilter::answered(std::string_view keyword) {
  // The tag is used up: a second answer with it is not one.
  tag_.clear();
  const bool whole = turn_ == Turn::answer || turn_ == Turn::response;
  if (whole || (turn_ == Turn::literal && asked_for_)) {
    turn_ = Turn::command;
  } else {
    answered_ = true;
  }
  if (meaning_ != Meaning::other && equal_ignoring_case(keyword, "OK")) go_through();
}

}  // namespace postern::relay
