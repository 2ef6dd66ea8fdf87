#include "sync/wire/mime/flowed.h"

#include <algorithm>

namespace postern::wire::mime {
namespace {

/// One line of flowed text taken apart.
struct Line {
  std::size_t depth = 0;     ///< of quotation
  std::string_view content;  ///< unstuffed
  enum class End { hard, soft } end = End::hard;
};

/// RFC 3676 section 4.3: the line before a signature ends in a space and flows nowhere.
bool is_signature_line(std::string_view content) {
  return content == "-- ";
}

Line taken_apart(std::string_view line, Flow flow) {
  Line result;
  result.depth = std::min(line.find_first_not_of('>'), line.size());
  line.remove_prefix(result.depth);
  if (line.starts_with(' ')) line.remove_prefix(1);
  if (line.ends_with(' ') && !is_signature_line(line)) {
    result.end = Line::End::soft;
    if (flow == Flow::flowed_delsp) line.remove_suffix(1);
  }
  result.content = line;
  return result;
}

/// Joins the lines of a paragraph, each of one depth.
class Paragraphs {
 public:
  explicit Paragraphs(std::string& out) : out_(out) {}

  void add(const Line& line) {
    const bool joins = open_ && line.depth == depth_ && !is_signature_line(line.content);
    if (!joins) {
      end();
      out_.append(line.depth, '>');
      if (line.depth > 0 && !line.content.empty()) out_ += ' ';
    }
    out_ += line.content;
    depth_ = line.depth;
    open_ = true;
    if (line.end == Line::End::hard) end();
  }

  /// One that the last line left open has no next line to join.
  void end() {
    if (open_) out_ += '\n';
    open_ = false;
  }

 private:
  std::string& out_;
  std::size_t depth_ = 0;
  bool open_ = false;
};

}  // namespace

std::string unflowed(std::string_view text, Flow flow) {
  std::string out;
  out.reserve(text.size() + 1);
  Paragraphs paragraphs(out);
  while (!text.empty()) {
    const auto line_feed = text.find('\n');
    std::string_view line = text.substr(0, line_feed);
    text.remove_prefix(line_feed == std::string_view::npos ? text.size() : line_feed + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (flow == Flow::fixed) {
      out += line;
      out += '\n';
    } else {
      paragraphs.add(taken_apart(line, flow));
    }
  }
  paragraphs.end();
  return out;
}

}  // namespace postern::wire::mime
