#include "sync/wire/mime/html_prepare.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "sync/wire/ascii.h"

namespace postern::wire::mime {
namespace {

constexpr auto none = std::string_view::npos;
constexpr std::string_view replacement = "\xef\xbf\xbd";
bool is_letter(char c) {
  return to_lower(c) >= 'a' && to_lower(c) <= 'z';
}

bool in_name(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == ':' || c == '-' || c == '_';
}

class Preparation {
 public:
  explicit Preparation(std::string_view document) : rest_(document) {}

  std::string run() {
    out_.reserve(rest_.size());
    while (!rest_.empty()) {
      const auto plain = static_cast<std::size_t>(
          std::ranges::find_if(rest_, [](char c) { return c == '<' || c == '\0'; }) -
          rest_.begin());
      out_ += rest_.substr(0, plain);
      rest_.remove_prefix(plain);
      if (rest_.empty()) break;
      if (rest_.front() == '\0') {
        out_ += replacement;
        rest_.remove_prefix(1);
      } else if (!markup()) {
        out_ += "&lt;";
        rest_.remove_prefix(1);
      }
    }
    return std::move(out_);
  }

 private:
  /// At '<'. False: it starts nothing.
  bool markup() {
    if (rest_.starts_with("<!--")) return drop_to("-->", 4);
    const char next = rest_.size() > 1 ? rest_[1] : '\0';
    if (next == '!' || next == '?') return drop_to(">", 2);
    if (is_letter(next)) return start_tag();
    if (next != '/') return false;
    return rest_.size() > 2 && is_letter(rest_[2]) ? end_tag() : drop_to(">", 2);
  }

  bool start_tag() {
    const std::string_view name = name_at(1);
    const auto end = tag_end(1 + name.size());
    if (!end) return false;
    const bool empty = rest_[*end - 1] == '/';
    const bool unseen = equal_ignoring_case(name, "script") || equal_ignoring_case(name, "style") ||
                        equal_ignoring_case(name, "title");
    if (!unseen) out_.append(1, '<').append(name).append(1, '>');
    rest_.remove_prefix(*end + 1);
    if (unseen && !empty) drop_content(name);
    return true;
  }

  bool end_tag() {
    const std::string_view name = name_at(2);
    const auto end = tag_end(2 + name.size());
    if (!end) return false;
    if (equal_ignoring_case(name, "body") || equal_ignoring_case(name, "html")) {
      out_ += "<br>";
    } else {
      out_.append("</").append(name).append(1, '>');
    }
    rest_.remove_prefix(*end + 1);
    return true;
  }

  /// Up to the end tag of an element that holds no markup; without one, all.
  void drop_content(std::string_view name) {
    while (!rest_.empty()) {
      rest_.remove_prefix(std::min(rest_.find("</"), rest_.size()));
      if (equal_ignoring_case(rest_.substr(std::min<std::size_t>(2, rest_.size()), name.size()),
                              name))
        return;
      rest_.remove_prefix(std::min<std::size_t>(2, rest_.size()));
    }
  }

  bool drop_to(std::string_view mark, std::size_t begin) {
    bool& missing = mark.size() == 1 ? no_end_ : no_comment_end_;
    const auto found = missing ? none : rest_.find(mark, begin);
    missing = found == none;
    if (!missing) rest_.remove_prefix(found + mark.size());
    return !missing;
  }

  [[nodiscard]] std::string_view name_at(std::size_t begin) const {
    const auto end = std::ranges::find_if_not(rest_.substr(begin), in_name);
    return rest_.substr(begin, static_cast<std::size_t>(end - rest_.begin()) - begin);
  }

  /// Where the '>' of a tag stands whose attributes begin at `at`; those within quotes are none.
  /// nullopt: it has none.
  std::optional<std::size_t> tag_end(std::size_t at) {
    bool value = false;  // a value begins
    for (; at < rest_.size() && !no_end_; ++at) {
      const char c = rest_[at];
      if (c == '>') return at;
      if (value && (c == '"' || c == '\'')) {
        // A quote without an end is none.
        bool& missing = c == '"' ? no_quote_ : no_apostrophe_;
        const auto close = missing ? none : rest_.find(c, at + 1);
        missing = close == none;
        if (!missing) at = close;
      }
      value = c == '=' || (value && html_white_space(c));
    }
    no_end_ = true;
    return std::nullopt;
  }

  std::string_view rest_;
  std::string out_;
  // What does not come any more need not be looked for again.
  bool no_end_ = false;  ///< '>'
  bool no_comment_end_ = false;
  bool no_quote_ = false;
  bool no_apostrophe_ = false;
};

}  // namespace

std::string prepared_html(std::string_view utf8) {
  return Preparation(utf8).run();
}

}  // namespace postern::wire::mime
