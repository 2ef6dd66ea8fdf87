#include "sync/wire/mime/html_text.h"

#include <libxml/HTMLparser.h>

#include <algorithm>
#include <array>
#include <memory>

#include "sync/wire/ascii.h"
#include "sync/wire/mime/html_prepare.h"

namespace postern::wire::mime {
namespace {

/// Small, since the open elements are counted between two pieces only.
constexpr std::size_t piece_octets = 1024;

/// Sorted.
constexpr std::array<std::string_view, 44> blocks = {
    "address", "article",  "aside",  "blockquote", "body", "br",      "center",   "dd",
    "details", "dialog",   "dir",    "div",        "dl",   "dt",      "fieldset", "figcaption",
    "figure",  "footer",   "form",   "h1",         "h2",   "h3",      "h4",       "h5",
    "h6",      "header",   "hr",     "legend",     "li",   "main",    "menu",     "nav",
    "ol",      "optgroup", "option", "p",          "pre",  "section", "summary",  "table",
    "tbody",   "textarea", "tr",     "ul"};
bool is_block(std::string_view name) {
  return std::ranges::binary_search(blocks, name);
}

/// Writes text as it is laid out.
class Layout {
 public:
  explicit Layout(std::size_t expected) { out_.reserve(expected); }

  void start(std::string_view name) {
    ++depth_;
    if (is_block(name)) break_line();
    if (name == "td" || name == "th") space_ = true;
    if (name == "blockquote") ++quoted_;
    if (name == "pre" || name == "textarea") ++preformatted_;
  }

  void end(std::string_view name) {
    if (depth_ > 0) --depth_;
    if (is_block(name)) break_line();
    if (name == "blockquote" && quoted_ > 0) --quoted_;
    if ((name == "pre" || name == "textarea") && preformatted_ > 0) --preformatted_;
  }

  void text(std::string_view text) {
    while (!text.empty()) {
      const auto word = text.substr(
          0, static_cast<std::size_t>(std::ranges::find_if(text, html_white_space) - text.begin()));
      if (!word.empty()) put(word);
      text.remove_prefix(word.size());
      if (text.empty()) return;
      if (preformatted_ == 0) {
        space_ = true;
      } else if (text.front() == '\n') {
        break_line();
      } else {
        put(" ");
      }
      text.remove_prefix(1);
    }
  }

  [[nodiscard]] std::size_t depth() const { return depth_; }

  /// Nothing is open any more.
  void restart() {
    break_line();
    depth_ = quoted_ = preformatted_ = 0;
  }

  std::string finish() {
    break_line();
    return std::move(out_);
  }

 private:
  /// Of no octet that is blank, but for one in preformatted text.
  void put(std::string_view word) {
    if (!line_open_) {
      constexpr std::size_t deepest = 8;
      out_.append(std::min(quoted_, deepest), '>');
      if (quoted_ > 0) out_ += ' ';
    } else if (space_) {
      out_ += ' ';
    }
    out_ += word;
    line_open_ = true;
    space_ = false;
  }

  void break_line() {
    if (line_open_) out_ += '\n';
    line_open_ = false;
    space_ = false;
  }

  std::string out_;
  std::size_t depth_ = 0;  ///< of open elements; the others are those of their kind
  std::size_t quoted_ = 0;
  std::size_t preformatted_ = 0;
  bool line_open_ = false;
  bool space_ = false;  ///< white space has come since the last character of the line
};

std::string_view view(const xmlChar* text) {
  return reinterpret_cast<const char*>(text);
}

Layout& layout(void* context) {
  return *static_cast<Layout*>(context);
}

void on_start(void* context, const xmlChar* name, const xmlChar** /*attributes*/) {
  layout(context).start(view(name));
}

void on_end(void* context, const xmlChar* name) {
  layout(context).end(view(name));
}

void on_text(void* context, const xmlChar* text, int size) {
  layout(context).text({reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)});
}

struct FreeParser {
  void operator()(htmlParserCtxtPtr parser) const { htmlFreeParserCtxt(parser); }
};
using Parser = std::unique_ptr<htmlParserCtxt, FreeParser>;

void feed(htmlParserCtxt& parser, std::string_view octets) {
  htmlParseChunk(&parser, octets.data(), static_cast<int>(octets.size()), 0);
}

void finish(htmlParserCtxt& parser) {
  htmlParseChunk(&parser, nullptr, 0, 1);
}

/// Builds no tree: what the parser finds goes to `out` at once.
Parser open_parser(Layout& out) {
  static const bool ready = [] {
    xmlInitParser();
    return true;
  }();
  static_cast<void>(ready);
  htmlSAXHandler handler{};
  handler.startElement = on_start;
  handler.endElement = on_end;
  handler.characters = on_text;
  handler.ignorableWhitespace = on_text;
  handler.cdataBlock = on_text;
  Parser parser(
      htmlCreatePushParserCtxt(&handler, &out, nullptr, 0, nullptr, XML_CHAR_ENCODING_UTF8));
  if (parser == nullptr) return parser;
  htmlCtxtUseOptions(parser.get(), HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                       HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
  // What is always open cannot be closed too early.
  feed(*parser, "<html><body>");
  return parser;
}

/// The next piece, of whole characters.
std::string_view next_piece(std::string_view utf8) {
  std::size_t size = std::min(piece_octets, utf8.size());
  while (size < utf8.size() && (static_cast<unsigned char>(utf8[size]) & 0xc0U) == 0x80) ++size;
  return utf8.substr(0, size);
}

}  // namespace

std::string html_text(std::string_view utf8) {
  const std::string document = prepared_html(utf8);
  std::string_view rest = document;
  Layout out(rest.size() / 2);
  Parser parser = open_parser(out);
  while (!rest.empty() && parser != nullptr) {
    const std::string_view piece = next_piece(rest);
    rest.remove_prefix(piece.size());
    feed(*parser, piece);
    if (out.depth() <= html_depth) continue;
    // The parser looks through all that is open for each end tag.
    finish(*parser);
    out.restart();
    parser = open_parser(out);
  }
  if (parser != nullptr) finish(*parser);
  return out.finish();
}

std::string_view html_text_version() {
  return xmlParserVersion;
}

std::string_view html_charset(std::string_view octets) {
  constexpr std::size_t looked_at = 1024;
  constexpr std::string_view mark = "charset=";
  octets = octets.substr(0, looked_at);
  const auto found = std::ranges::search(octets, mark, {}, to_lower);
  if (found.empty()) return {};
  octets.remove_prefix(static_cast<std::size_t>(found.end() - octets.begin()));
  octets.remove_prefix(std::min(octets.find_first_not_of("\"' "), octets.size()));
  return octets.substr(0, octets.find_first_of("\"' />;\t\r\n"));
}

}  // namespace postern::wire::mime
