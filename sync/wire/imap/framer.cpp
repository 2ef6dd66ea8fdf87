#include "sync/wire/imap/framer.h"

#include <algorithm>
#include <array>

#include "sync/base/wiping.h"
#include "sync/wire/ascii.h"
#include "sync/wire/imap/characters.h"

namespace postern::wire::imap {

std::string tag_of(std::string_view text) {
  constexpr std::size_t longest = 64;
  const std::string_view word = text.substr(0, text.find(' '));
  if (word.empty() || word.size() > longest || !std::ranges::all_of(word, is_tag_char)) return "*";
  return std::string(word);
}

void Framer::feed(std::string_view octets) {
  compact();
  append_wiping(buffer_, octets);
}

void Framer::forget_used() {
  std::string kept;
  kept.reserve(buffer_.capacity());
  kept.append(buffer_, head_);
  wipe(buffer_);
  buffer_.swap(kept);
  scanned_ -= std::min(scanned_, head_);
  head_ = 0;
}

void forget(RawCommand& command) {
  for (std::string& text : command.text) wipe(text);
  for (std::string& literal : command.literals) wipe(literal);
}

void Framer::compact() {
  if (head_ == 0) return;
  buffer_.erase(0, head_);
  scanned_ -= std::min(scanned_, head_);
  head_ = 0;
}

void Framer::start_command() {
  state_ = State::text;
  command_ = {};
  text_octets_ = 0;
  literal_octets_ = 0;
  left_ = 0;
}

Framer::Event Framer::next() {
  return advance(Form::command);
}

Framer::Event Framer::next_line() {
  return advance(Form::line);
}

Framer::Event Framer::next_append() {
  return advance(Form::append);
}

Framer::Event Framer::advance(Form form) {
  while (true) {
    std::optional<Event> event;
    switch (state_) {
      case State::text: event = take_line(form); break;
      case State::literal: event = take_literal(); break;
      case State::skipping: return skip_line();
      case State::offered:
      case State::stream:
      case State::broken: return Need{};
    }
    if (event) return std::move(*event);
  }
}

std::optional<Framer::Event> Framer::take_line(Form form) {
  const std::size_t end = buffer_.find('\n', std::max(scanned_, head_));
  if (end == std::string::npos) {
    scanned_ = buffer_.size();
    if (text_octets_ + (buffer_.size() - head_) > limits_.text)
      return too_long(std::string_view(buffer_).substr(head_));
    return Need{};
  }
  std::string_view line = std::string_view(buffer_).substr(head_, end - head_);
  if (line.ends_with('\r')) line.remove_suffix(1);
  const std::optional<Announced> literal = form != Form::line ? literal_at_end(line) : std::nullopt;
  const bool fits = text_octets_ + line.size() <= limits_.text;
  const std::string tag = tag_of(command_.text.empty() ? line : command_.text.front());
  text_octets_ += line.size();
  if (fits) command_.text.emplace_back(literal ? literal->before : line);
  head_ = end + 1;
  scanned_ = head_;
  if (!fits) {
    skipped_tag_ = tag;
    const bool readable =
        limits_.skipped != 0 && !(literal && literal->literal == Literal::non_synchronising);
    return refuse(readable ? Refused::Scope::command : Refused::Scope::connection,
                  "Command line is too long");
  }
  if (literal) return announced(literal->octets, literal->literal, form);
  Complete complete{std::move(command_)};
  start_command();
  return complete;
}

std::optional<Framer::Event> Framer::announced(std::uint64_t octets, Literal literal, Form form) {
  if (octets <= std::numeric_limits<std::uint32_t>::max() &&
      (form == Form::append || at_append_message())) {
    // RFC 3516 section 4.4, RFC 6855 section 4: a message may come as literal8. All are taken octet
    // for octet.
    const std::string_view before = command_.text.back();
    if (before.ends_with(" ~") || before.ends_with("(~")) command_.text.back().pop_back();
    state_ = State::offered;
    left_ = octets;
    command_.stream = octets;
    return Stream{std::move(command_), octets, literal};
  }
  if (octets > limits_.literal || command_.literals.size() >= limits_.literals ||
      literal_octets_ + octets > limits_.total) {
    skipped_tag_ = tag_of(command_.text.front());
    return refuse(
        literal == Literal::synchronising ? Refused::Scope::command : Refused::Scope::connection,
        "Literal is too large, or there are too many");
  }
  command_.literals.emplace_back();
  literal_octets_ += octets;
  left_ = octets;
  state_ = State::literal;
  if (literal == Literal::synchronising) return Continue{};
  return std::nullopt;
}

/// The first argument of APPEND is the mailbox, and of REPLACE the second one (RFC 8508); a literal
/// anywhere behind it is the message.
bool Framer::at_append_message() const {
  struct Start {
    std::string_view name;
    bool number_first;
  };
  static constexpr std::array<Start, 3> starts = {
      {{"APPEND ", false}, {"REPLACE ", true}, {"UID REPLACE ", true}}};
  if (limits_.append != FramerLimits::Append::streamed) return false;
  std::string_view text = command_.text.front();
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return false;
  text.remove_prefix(space + 1);
  for (const Start& start : starts) {
    if (!equal_ignoring_case(text.substr(0, start.name.size()), start.name)) continue;
    text.remove_prefix(start.name.size());
    if (start.number_first) text.remove_prefix(std::min(text.find(' '), text.size() - 1) + 1);
    return command_.text.size() > 1 || !text.empty();
  }
  return false;
}

std::optional<Framer::Event> Framer::take_literal() {
  const auto count =
      static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer_.size() - head_));
  append_wiping(command_.literals.back(), std::string_view(buffer_).substr(head_, count));
  head_ += count;
  scanned_ = head_;
  left_ -= count;
  if (left_ != 0) return Need{};
  state_ = State::text;
  return std::nullopt;
}

/// A line without end: its start is dropped, its last octets stay to see whether a literal follows.
Framer::Event Framer::too_long(std::string_view start) {
  skipped_tag_ = tag_of(command_.text.empty() ? start : command_.text.front());
  if (limits_.skipped == 0) return refuse(Refused::Scope::connection, "Command line is too long");
  state_ = State::skipping;
  skipped_ = 0;
  return skip_line();
}

Framer::Event Framer::skip_line() {
  constexpr std::size_t kept = 4;
  const std::size_t end = buffer_.find('\n', head_);
  if (end != std::string::npos) {
    std::string_view line = std::string_view(buffer_).substr(head_, end - head_);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto scope = line.ends_with("+}") ? Refused::Scope::connection : Refused::Scope::command;
    head_ = end + 1;
    scanned_ = head_;
    return refuse(scope, "Command line is too long");
  }
  const std::size_t held = buffer_.size() - head_;
  const std::size_t dropped = held - std::min(held, kept);
  head_ += dropped;
  skipped_ += dropped;
  compact();
  if (skipped_ > limits_.skipped)
    return refuse(Refused::Scope::connection, "Command line is too long");
  return Need{};
}

Framer::Event Framer::refuse(Refused::Scope scope, std::string text) {
  Refused refused{scope, std::move(skipped_tag_), std::move(text)};
  start_command();
  if (scope == Refused::Scope::connection) {
    state_ = State::broken;
    buffer_.clear();
    head_ = 0;
    scanned_ = 0;
  }
  return refused;
}

std::string_view Framer::take_stream(std::size_t most) {
  const std::uint64_t held = std::min<std::uint64_t>(buffer_.size() - head_, most);
  const auto count = static_cast<std::size_t>(std::min(stream_left(), held));
  const std::string_view octets = std::string_view(buffer_).substr(head_, count);
  head_ += count;
  scanned_ = head_;
  passed_by(count);
  return octets;
}

void Framer::accept_stream() {
  state_ = State::stream;
  passed_by(0);  // an empty message is complete already
}

void Framer::passed_by(std::size_t octets) {
  if (state_ != State::stream) return;
  left_ -= std::min<std::uint64_t>(left_, octets);
  if (left_ == 0) start_command();
}

}  // namespace postern::wire::imap
