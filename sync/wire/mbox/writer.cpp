#include "sync/wire/mbox/writer.h"

#include <algorithm>
#include <utility>

#include "sync/wire/ascii.h"
#include "sync/wire/mbox/from_line.h"

namespace postern::wire::mbox {

namespace {

bool has(const std::vector<std::string>& keywords, const std::string& keyword) {
  return std::ranges::any_of(keywords, [&keyword](const std::string& other) {
    return equal_ignoring_case(other, keyword);
  });
}

/// Whether a reader learns the same from both.
bool equal(const Marks& a, const Marks& b) {
  return a.flags == b.flags && a.expunged == b.expunged && a.pseudo == b.pseudo &&
         a.keywords.size() == b.keywords.size() &&
         std::ranges::all_of(a.keywords,
                             [&b](const std::string& one) { return has(b.keywords, one); });
}

}  // namespace

Layout layout_of(Variant wanted, std::string_view beginning, const Measure& measure,
                 const Marks& marks, InternalDate date) {
  const bool length = has_length(wanted) && measure.has_header_end();
  Layout layout{.block = std::nullopt,
                .variant = has_length(wanted) && !length ? Variant::mboxrd : wanted,
                .exact = !measure.clean()};
  Block block{.variant = std::nullopt,
              .exact = layout.exact,
              .open = measure.open() && !length,
              .date = std::nullopt,
              .marks = marks,
              .content_length = std::nullopt};
  if (has_length(wanted)) block.variant = layout.variant;
  if (length) block.content_length = measure.text_octets(layout.variant);
  // Its own Content-Length, if it has one, is of somewhere else.
  const bool foreign_length = !field_value(beginning, "Content-Length").empty();
  if (const auto line = parse_from_line(format_from_line("", date)); !line || line->date != date)
    block.date = date;
  const bool needed = length || block.date || block.variant || block.exact || block.open ||
                      foreign_length || looks_like_block(beginning) ||
                      !equal(read_marks(beginning), marks);
  // mboxrd is what a reader assumes where nobody says otherwise.
  if (wanted == Variant::mboxo) block.variant = wanted;
  if (needed) layout.block = std::move(block);
  return layout;
}

void Writer::begin(std::string_view sender, InternalDate date, std::string& out) const {
  out += format_from_line(sender, date);
  out += '\n';
  if (layout_.block) out += format_block(*layout_.block);
}

void Writer::feed(std::string_view octets, std::string& out) {
  scan_.feed(
      octets, [this, &out](std::string_view part) { put(part, out); },
      [this, &out](std::size_t quotes) {
        const bool quoted =
            layout_.variant == Variant::mboxo ? quotes == 0 : layout_.variant != Variant::mboxcl2;
        if (quoted) out += '>';
      });
}

/// Parts of lines: the only LF is the last octet.
void Writer::put(std::string_view part, std::string& out) {
  if (!layout_.exact) {
    if (std::exchange(held_cr_, false) && part != "\n") out += '\r';
    if (part.ends_with("\r\n")) {
      out += part.substr(0, part.size() - 2);
      part = "\n";
    } else if (part.ends_with('\r')) {
      part.remove_suffix(1);
      held_cr_ = true;
    }
  }
  out += part;
  ended_ = part.ends_with('\n');
}

void Writer::finish(std::string& out) {
  scan_.finish([this, &out](std::string_view part) { put(part, out); });
  if (held_cr_) {
    out += '\r';
    ended_ = false;
  }
  if (!ended_ && !has_length(layout_.variant)) out += '\n';
  out += '\n';
}

}  // namespace postern::wire::mbox
