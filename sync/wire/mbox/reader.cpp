#include "sync/wire/mbox/reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace postern::wire::mbox {

namespace {

constexpr std::string_view from_word = "From ";
constexpr std::size_t buffer_octets = 1024 * 1024;
/// What is given out at once, and the longest part of a line that is looked at.
constexpr std::size_t piece_octets = 256 * 1024;
constexpr std::size_t part_octets = 64 * 1024;
constexpr std::size_t longest_separator = longest_from_line;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// Whether a header field begins here.
bool field_begins(std::string_view text) {
  constexpr std::size_t longest_name = 100;
  std::size_t at = 0;
  while (at < text.size() && at < longest_name && text[at] > ' ' && text[at] < 0x7f &&
         text[at] != ':')
    ++at;
  return at != 0 && at < text.size() && text[at] == ':';
}

/// The line at the beginning of `text`, without its end, if it could be a separator.
std::optional<std::string_view> short_line(std::string_view text) {
  const std::size_t end = text.substr(0, longest_separator).find('\n');
  if (end != std::string_view::npos) return text.substr(0, end);
  if (text.size() < longest_separator) return text;
  return std::nullopt;
}

std::string_view behind_line_end(std::string_view text) {
  if (text.starts_with('\n')) return text.substr(1);
  if (text.starts_with("\r\n")) return text.substr(2);
  return text;
}

std::optional<std::uint64_t> number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

Reader::Reader(Octets& octets, std::optional<Variant> variant)
    : octets_(octets), variant_(variant) {}

std::string_view Reader::window(std::size_t wanted) {
  if (buffer_.size() - at_ < wanted && !ended_) {
    buffer_.erase(0, at_);
    base_ += std::exchange(at_, 0);
    const std::size_t held = buffer_.size();
    buffer_.resize(buffer_octets);
    const std::size_t count =
        octets_.read(base_ + held, buffer_.data() + held, buffer_octets - held);
    buffer_.resize(held + count);
    ended_ = held + count < buffer_octets;
  }
  return std::string_view(buffer_).substr(at_);
}

void Reader::seek(std::uint64_t offset) {
  if (offset >= base_ && offset - base_ <= buffer_.size()) {
    at_ = static_cast<std::size_t>(offset - base_);
    return;
  }
  buffer_.clear();
  base_ = offset;
  at_ = 0;
  ended_ = false;
}

/// A line that begins "From " stands here.
std::optional<FromLine> Reader::separator_here(bool blank_before, bool only_dated) {
  const std::string_view view = window(2 * longest_separator);
  const auto line = short_line(view);
  auto from = line ? parse_from_line(*line) : std::nullopt;
  if (!from) return std::nullopt;
  const bool field_after = field_begins(view.substr(std::min(line->size() + 1, view.size())));
  if (only_dated && !from->date) return std::nullopt;
  if (from->date ? !blank_before && !field_after : !blank_before || !field_after)
    return std::nullopt;
  return from;
}

bool Reader::find_first() {
  bool blank_before = true;
  bool line_start = true;
  if (window(part_octets).starts_with(byte_order_mark)) at_ += byte_order_mark.size();
  for (;;) {
    const std::string_view view = window(part_octets);
    if (view.empty()) return false;
    if (line_start && view.starts_with(from_word)) {
      coming_ = separator_here(blank_before, false);
      if (coming_) return true;
    }
    const std::string_view here = window(part_octets);
    const std::size_t end = here.find('\n');
    const std::size_t taken = end == std::string_view::npos ? here.size() : end + 1;
    blank_before = line_start && behind_line_end(here).size() + taken == here.size();
    line_start = end != std::string_view::npos;
    at_ += taken;
    if (!blank_before || skipped_ != 0) skipped_ += taken;
  }
}

const Reader::Message* Reader::next() {
  std::string passed_over;
  while (place_ == Place::text && read(passed_over)) passed_over.clear();
  if (place_ == Place::before) place_ = find_first() ? Place::separator : Place::end;
  if (place_ != Place::separator) return nullptr;
  message_ = Message();
  message_.offset = offset();
  message_.from = std::move(*coming_);
  coming_.reset();
  const std::string_view view = window(2 * longest_separator);
  at_ += std::min(view.find('\n'), view.size() - 1) + 1;
  begin_text();
  return &message_;
}

void Reader::begin_text() {
  if (auto parsed = parse_block(window(longest_header))) {
    at_ += parsed->octets;
    if (parsed->block.date) message_.from.date = parsed->block.date;
    message_.block = std::move(parsed->block);
  }
  const std::string_view view = window(longest_header).substr(0, longest_header);
  const std::size_t end = header_end(view);
  header_ = view.substr(0, end);
  message_.header = header_;
  message_.marks = message_.block ? message_.block->marks : read_marks(header_);
  text_begin_ = offset();
  choose_form(end);
  rewind();
}

void Reader::choose_form(std::size_t header_octets) {
  const auto& block = message_.block;
  const auto variant = block && block->variant ? block->variant : variant_;
  exact_ = block && block->exact;
  open_ = block && block->open;
  unquote_ = variant == Variant::mboxo     ? Unquote::mboxo
             : variant == Variant::mboxcl2 ? Unquote::never
                                           : Unquote::mboxrd;
  text_end_.reset();
  certain_length_ = variant && has_length(*variant);
  if (header_octets == std::string_view::npos || (!certain_length_ && (variant || block))) return;
  const auto length =
      block ? block->content_length : number(field_value(header_, "Content-Length"));
  if (!length || *length > (std::uint64_t{1} << 62)) return;
  const std::uint64_t end = text_begin_ + header_octets + *length;
  if (!length_fits(end)) return;
  text_end_ = end;
  if (!certain_length_) unquote_ = Unquote::never;
}

/// Whether a message can end there: at the end of the file or before a separator, with an empty
/// line between or without.
bool Reader::length_fits(std::uint64_t end) {
  std::string found(longest_separator + 8, '\0');
  found.resize(octets_.read(end - 1, found.data(), found.size()));
  if (found.empty()) return false;
  std::string_view rest = found;
  const bool line_ended = rest.front() == '\n';
  // Only our own lengths are of texts that do not end: others may have counted other line ends.
  if (!line_ended && !message_.block) return false;
  rest.remove_prefix(1);
  const std::string_view behind = behind_line_end(rest);
  if (behind.empty()) return true;
  if (behind.size() == rest.size() && !line_ended) return false;
  const auto line = short_line(behind);
  return line && parse_from_line(*line);
}

void Reader::rewind() {
  if (place_ == Place::before) return;
  seek(text_begin_);
  place_ = Place::text;
  line_start_ = true;
  blank_before_ = false;
  held_count_ = 0;
  coming_.reset();
}

bool Reader::read(std::string& out) {
  const std::size_t before = out.size();
  while (place_ == Place::text && out.size() - before < piece_octets) {
    if (!take_line(out)) break;
  }
  return out.size() != before;
}

std::string_view Reader::line_end() const {
  return exact_ ? "\n" : "\r\n";
}

void Reader::let_go(std::string& out) {
  for (; held_count_ != 0; --held_count_) out += line_end();
}

/// The message ends with the file, or where its length says.
void Reader::end_text(std::string& out) {
  const std::string_view view = window(2 * longest_separator);
  if (text_end_ && offset() == *text_end_) {
    let_go(out);
    const std::string_view behind = behind_line_end(view);
    at_ += view.size() - behind.size();
    const auto line = short_line(behind);
    coming_ = line ? parse_from_line(*line) : std::nullopt;
  } else if (!line_start_ && !exact_) {
    out += line_end();
  }
  place_ = coming_ ? Place::separator : Place::end;
}

bool Reader::take_line(std::string& out) {
  std::string_view view = window(part_octets);
  if (text_end_)
    view = view.substr(
        0, static_cast<std::size_t>(std::min<std::uint64_t>(view.size(), *text_end_ - offset())));
  if (view.empty()) {
    end_text(out);
    return false;
  }
  if (line_start_ && view.starts_with(from_word) && !(text_end_ && certain_length_)) {
    coming_ = separator_here(blank_before_, text_end_.has_value());
    if (coming_) {
      place_ = Place::separator;
      return false;
    }
    view = window(part_octets).substr(0, view.size());
  }
  view = view.substr(0, part_octets);
  const std::size_t end = view.find('\n');
  std::size_t taken = end == std::string_view::npos ? view.size() : end + 1;
  // A CR that an LF may follow stays with it.
  if (end == std::string_view::npos && taken > 1 && view[taken - 1] == '\r') --taken;
  put(view.substr(0, taken), out);
  at_ += taken;
  return true;
}

void Reader::put(std::string_view line, std::string& out) {
  const bool ended = line.ends_with('\n');
  if (ended) line.remove_suffix(1);
  if (ended && !exact_ && line.ends_with('\r')) line.remove_suffix(1);
  const bool blank = line_start_ && ended && line.empty();
  if (!blank) {
    let_go(out);
    if (line_start_ && unquote_ != Unquote::never && line.starts_with('>')) {
      const std::size_t quotes = line.find_first_not_of('>');
      const bool meant = quotes != std::string_view::npos &&
                         line.substr(quotes).starts_with(from_word) &&
                         (unquote_ == Unquote::mboxrd || quotes == 1);
      if (meant) line.remove_prefix(1);
    }
    out += line;
  }
  if (ended && (blank || open_)) {
    // The last empty line is the file's; of an open message, its last line end too.
    const std::size_t most = open_ ? 2 : 1;
    if (held_count_ == most) {
      out += line_end();
    } else {
      ++held_count_;
    }
  } else if (ended) {
    out += line_end();
  }
  blank_before_ = blank;
  line_start_ = ended;
}

}  // namespace postern::wire::mbox
