#include "sync/wire/mime/scanner.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "sync/wire/mime/body_structure.h"
#include "sync/wire/mime/boundary.h"
#include "sync/wire/mime/envelope.h"
#include "sync/wire/mime/part_header.h"

namespace postern::wire::mime {
namespace {

/// Up to the first line feed and with it, or all, and never more than `limit` octets.
std::string_view first_line(std::string_view octets, std::size_t limit = std::string_view::npos) {
  const auto window = octets.substr(0, limit);
  const auto line_feed = window.find('\n');
  return line_feed == std::string_view::npos ? window : window.substr(0, line_feed + 1);
}

bool begins_with_dashes(std::string_view line) {
  return line.starts_with("--");
}

/// Where the first line but the first begins with a dash; all octets if none does. Dashes are far
/// apart where line feeds are not.
std::size_t dash_line(std::string_view octets) {
  std::size_t dash = octets.find('-', 1);
  while (dash != std::string_view::npos && octets[dash - 1] != '\n')
    dash = octets.find('-', dash + 1);
  return std::min(dash, octets.size());
}

/// In blocks of a fixed size, which the compiler makes into vectors.
std::size_t line_feeds(std::string_view octets) {
  constexpr std::size_t block = 64;
  std::size_t count = 0;
  for (; octets.size() >= block; octets.remove_prefix(block)) {
    std::uint8_t in_block = 0;
    for (std::size_t i = 0; i < block; ++i)
      in_block = static_cast<std::uint8_t>(in_block + (octets[i] == '\n' ? 1 : 0));
    count += in_block;
  }
  return count + static_cast<std::size_t>(std::ranges::count(octets, '\n'));
}

/// Whether enough of a line that begins with '-' is there to tell what it is.
bool decidable(std::string_view line) {
  return line.ends_with('\n') || line.size() >= Boundaries::line_octets ||
         (line.size() >= 2 && !begins_with_dashes(line));
}

}  // namespace

struct Scanner::State {
  explicit State(Limits bounds) : limits(bounds) { open_part(0, PartContext::message); }

  void feed(std::string_view octets);
  Scanned finish();

 private:
  enum class Mode { header, body, delimiter_line, close_delimiter_line };

  /// A part whose end has not come yet.
  struct Frame {
    std::uint32_t part = 0;
    PartContext context = PartContext::message;
    PartContext children = PartContext::multipart_child;
    std::uint64_t first_line = 0;  ///< line feeds before its body
  };

  void open_part(std::uint32_t parent, PartContext context);
  void end_header();
  void keep(PartHeader parsed, PartContext context);
  void delimiter(Boundaries::Match match);
  void close_bodiless(std::size_t keep_open);
  void close_parts(std::size_t keep_open, std::uint64_t end, std::uint64_t line_count);

  std::size_t take_line_start(std::string_view octets);
  void settle(std::string_view line);
  std::size_t take_header(std::string_view octets);
  std::size_t take_body(std::string_view octets);
  std::size_t take_delimiter(std::string_view octets);
  void advance(std::string_view piece);

  Part& top() { return structure.parts[frames.back().part]; }
  [[nodiscard]] bool seeks_delimiter() const {
    return !boundaries.empty() && structure.parts.size() < limits.parts;
  }

  Limits limits;
  Structure structure;
  std::vector<PartText> texts;  ///< one for each part
  std::size_t kept = 0;
  std::vector<Frame> frames;  ///< from the message to the innermost open part
  Boundaries boundaries;      ///< their levels are indices of `frames`

  Mode mode = Mode::header;
  std::string header;      ///< of the innermost part, as far as it has come
  std::string line_start;  ///< of a line that may be a delimiter, until that is known
  std::uint64_t offset = 0;
  std::uint64_t lines = 0;        ///< line feeds before `offset`
  std::uint64_t line_octets = 0;  ///< of the line at `offset`, so far
  unsigned last_line_end = 0;     ///< octets of the line end before that line
  bool after_delimiter = false;   ///< the line before that line closed a multipart
  char last_octet = '\0';
};

void Scanner::State::open_part(std::uint32_t parent, PartContext context) {
  const auto index = static_cast<std::uint32_t>(structure.parts.size());
  if (index != 0) structure.parts[parent].children.push_back(index);
  Part& part = structure.parts.emplace_back();
  part.parent = parent;
  part.header_begin = offset;
  texts.emplace_back();
  frames.push_back({.part = index, .context = context});
  header.clear();
  mode = Mode::header;
}

/// The innermost part's header ends at `offset`.
void Scanner::State::end_header() {
  const Frame frame = frames.back();
  const bool exhausted = frames.size() >= limits.depth || structure.parts.size() >= limits.parts;
  PartHeader parsed = read_part_header(header, frame.context,
                                       exhausted ? Nesting::exhausted : Nesting::allowed, limits);
  const bool digest = parsed.digest;
  const auto boundary = std::move(parsed.boundary);
  keep(std::move(parsed), frame.context);
  top().body_begin = offset;
  frames.back().first_line = lines;
  mode = Mode::body;
  if (top().kind == PartKind::multipart && boundary) {
    if (digest) frames.back().children = PartContext::digest_child;
    boundaries.open(frames.size() - 1, *boundary);
  } else if (top().kind == PartKind::message) {
    open_part(frame.part, PartContext::message);
  }
}

/// Stores what is known about the innermost part, or less where all parts together have too much.
void Scanner::State::keep(PartHeader parsed, PartContext context) {
  Part& part = top();
  PartText& text = texts[frames.back().part];
  const bool is_message = context == PartContext::message;
  if (is_message) text.envelope = envelope(header);
  const auto size = [&] {
    return parsed.basic.size() + parsed.extension.size() + parsed.type.size() +
           parsed.subtype.size() + parsed.charset.size() + parsed.encoding.size() +
           text.envelope.size();
  };
  if (kept + size() > limits.kept_octets) {
    parsed = opaque_part();
    if (is_message) text.envelope = empty_envelope();
  }
  kept += size();
  text.basic = std::move(parsed.basic);
  text.extension = std::move(parsed.extension);
  part.kind = parsed.kind;
  part.type = std::move(parsed.type);
  part.subtype = std::move(parsed.subtype);
  part.charset = std::move(parsed.charset);
  part.encoding = std::move(parsed.encoding);
}

/// At the start of a delimiter line. RFC 2046 section 5.1.1: the line end before it is part of the
/// delimiter.
void Scanner::State::delimiter(Boundaries::Match match) {
  while (mode == Mode::header) end_header();
  const std::size_t keep_open = match.level + 1;
  if (frames.size() > keep_open && top().body_begin == offset) {
    close_bodiless(keep_open);
    close_parts(keep_open, offset, lines);
  } else if (after_delimiter) {
    // The line end already ends the other delimiter line; Dovecot counts it with that one, too.
    close_parts(keep_open, offset, lines);
  } else {
    close_parts(keep_open, offset - last_line_end, lines - 1);
  }
  mode = Mode::delimiter_line;
  if (match.kind == Boundaries::Kind::close_delimiter) {
    boundaries.close_from(match.level);
    mode = Mode::close_delimiter_line;
  }
}

/// A delimiter follows right after a header: the line end before it is the header's last one, and
/// the part has no body at all.
void Scanner::State::close_bodiless(std::size_t keep_open) {
  const std::uint64_t end = offset - last_line_end;
  while (frames.size() > keep_open && top().body_begin == offset) {
    Part& part = top();
    const bool has_header = part.header_begin <= end;
    part.header_begin = std::min(part.header_begin, end);
    part.body_begin = end;
    part.body_end = end;
    frames.pop_back();
    if (has_header) break;
  }
}

/// Ends all open parts but the outermost `keep_open`, at `end`, before which `line_count` line
/// feeds stand.
void Scanner::State::close_parts(std::size_t keep_open, std::uint64_t end,
                                 std::uint64_t line_count) {
  boundaries.close_from(keep_open);
  while (frames.size() > keep_open) {
    Part& part = top();
    part.body_end = end;
    part.body_lines = line_count - frames.back().first_line;
    frames.pop_back();
  }
}

void Scanner::State::feed(std::string_view octets) {
  while (!octets.empty()) {
    const bool dash = line_octets == 0 && octets.front() == '-';
    std::size_t used = 0;
    if (mode == Mode::delimiter_line || mode == Mode::close_delimiter_line) {
      used = take_delimiter(octets);
    } else if (!line_start.empty() || (dash && seeks_delimiter())) {
      used = take_line_start(octets);
    } else if (mode == Mode::header) {
      used = take_header(octets);
    } else {
      used = take_body(octets);
    }
    octets.remove_prefix(used);
  }
}

/// A line that begins with '-' while a delimiter may come. Mostly the piece at hand tells what it
/// is; only what a piece cuts off is kept.
std::size_t Scanner::State::take_line_start(std::string_view octets) {
  const auto piece = first_line(octets, Boundaries::line_octets - line_start.size());
  if (line_start.empty() && decidable(piece)) {
    settle(piece);
    return piece.size();
  }
  line_start += piece;
  if (decidable(line_start)) settle(std::exchange(line_start, {}));
  return piece.size();
}

void Scanner::State::settle(std::string_view line) {
  if (begins_with_dashes(line)) {
    const Boundaries::Match match = boundaries.match(line);
    if (match.kind != Boundaries::Kind::none) {
      delimiter(match);
      take_delimiter(line);
      return;
    }
  }
  if (mode == Mode::header) {
    take_header(line);
  } else {
    take_body(line);
  }
}

/// One line of a header, or the rest of the piece.
std::size_t Scanner::State::take_header(std::string_view octets) {
  const auto piece = first_line(octets);
  const std::uint64_t content = line_octets + piece.size() - 1;
  const char before = piece.size() > 1 ? piece[piece.size() - 2] : last_octet;
  const bool empty_line =
      piece.ends_with('\n') && (content == 0 || (content == 1 && before == '\r'));
  header += piece.substr(0, limits.header_octets - std::min(limits.header_octets, header.size()));
  advance(piece);
  if (empty_line) end_header();
  return piece.size();
}

/// All octets up to the next line that may be a delimiter. This is where the time goes.
std::size_t Scanner::State::take_body(std::string_view octets) {
  const std::string_view text =
      octets.substr(0, seeks_delimiter() ? dash_line(octets) : octets.size());
  lines += line_feeds(text);
  const std::size_t line = text.rfind('\n') + 1;  // npos + 1 is 0
  if (line != 0) {
    const char before = line > 1 ? text[line - 2] : last_octet;
    last_line_end = before == '\r' ? 2 : 1;
    line_octets = 0;
  }
  line_octets += text.size() - line;
  after_delimiter = false;
  offset += text.size();
  last_octet = text.back();
  return text.size();
}

/// The rest of a delimiter line; after it a part begins, or the text behind the last part.
std::size_t Scanner::State::take_delimiter(std::string_view octets) {
  const auto piece = first_line(octets);
  advance(piece);
  if (!piece.ends_with('\n')) return piece.size();
  if (mode == Mode::delimiter_line) {
    open_part(frames.back().part, frames.back().children);
  } else {
    mode = Mode::body;
    after_delimiter = true;
  }
  return piece.size();
}

/// Past at most one line end, which is at the end of `piece`.
void Scanner::State::advance(std::string_view piece) {
  if (piece.ends_with('\n')) {
    const char before = piece.size() > 1 ? piece[piece.size() - 2] : last_octet;
    last_line_end = before == '\r' ? 2 : 1;
    line_octets = 0;
    ++lines;
  } else {
    line_octets += piece.size();
  }
  after_delimiter = false;
  offset += piece.size();
  last_octet = piece.back();
}

Scanned Scanner::State::finish() {
  if (!line_start.empty()) settle(std::exchange(line_start, {}));
  while (mode == Mode::header) end_header();
  close_parts(0, offset, lines);
  Scanned result;
  result.octets = offset;
  result.header_octets = structure.parts.front().body_begin;
  result.envelope = std::move(texts.front().envelope);
  result.body = write_body_structure(structure, texts, Form::body);
  result.body_structure = write_body_structure(structure, texts, Form::body_structure);
  result.structure = std::move(structure);
  return result;
}

Scanner::Scanner(Limits limits) : state_(std::make_unique<State>(limits)) {}
Scanner::Scanner(Scanner&&) noexcept = default;
Scanner& Scanner::operator=(Scanner&&) noexcept = default;
Scanner::~Scanner() = default;

void Scanner::feed(std::string_view octets) {
  state_->feed(octets);
}
Scanned Scanner::finish() {
  return state_->finish();
}

}  // namespace postern::wire::mime
