#include "sync/wire/mime/folding.h"

#include <unicode/uchar.h>
#include <unicode/utf16.h>

#include <algorithm>
#include <cstddef>
#include <optional>

#include "sync/wire/ascii.h"
#include "sync/wire/mime/fold_table.h"
#include "sync/wire/mime/normalization.h"
#include "sync/wire/mime/text.h"
#include "sync/wire/mime/unicode.h"

namespace postern::wire::mime {
namespace {

constexpr char32_t replacement = 0xfffd;

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
}

/// Whether folding what stands before `at` and what stands behind it apart makes no difference.
bool may_cut(std::string_view utf8, std::size_t at) {
  if (continues(utf8[at])) return false;
  return folds_apart(next_point(utf8, at).value_or(replacement));
}

/// At most `window`; a text of nothing but marks is cut between two of them.
std::size_t piece_size(std::string_view utf8, std::size_t window) {
  if (utf8.size() <= window) return utf8.size();
  for (std::size_t at = window; at > window / 2; --at) {
    if (may_cut(utf8, at)) return at;
  }
  for (std::size_t at = window; at > window - 4; --at) {
    if (!continues(utf8[at])) return at;
  }
  return window;
}

void append_lower_case(std::string_view ascii, std::string& out) {
  const auto begin = static_cast<std::ptrdiff_t>(out.size());
  out += ascii;
  std::transform(out.begin() + begin, out.end(), out.begin() + begin, to_lower);
}

/// Appends what becomes of `utf8`. Characters are looked up one by one; one that what stands before
/// it has a say in is folded together with that, and with all up to the next ASCII character.
void fold_piece(std::string_view utf8, std::string& out) {
  FoldTable& table = FoldTable::shared();
  std::size_t begin = 0;                   // of what is not written yet
  std::optional<std::string_view> folded;  // what becomes of it, if that is known
  const auto write = [&](std::size_t end) {
    if (folded) {
      out += *folded;
    } else if (begin != end) {
      out += folded_together(utf8.substr(begin, end - begin));
    }
    begin = end;
  };
  for (std::size_t at = 0; at < utf8.size();) {
    const std::size_t here = at;
    if (const std::size_t ascii = ascii_prefix(utf8.substr(at)); ascii != 0) {
      write(here);
      // The last one may be joined by what follows.
      at += ascii;
      append_lower_case(utf8.substr(here, ascii - 1), out);
      begin = at - 1;
      folded = table.find(static_cast<char32_t>(utf8[begin]));
      continue;
    }
    const char32_t point = next_point(utf8, at).value_or(replacement);
    const bool joined = begin != here && !folded;
    const auto apart = joined ? std::nullopt : table.find(point);
    if (apart) write(here);
    folded = apart;
  }
  write(utf8.size());
}

}  // namespace

void Folding::next(std::string& out) {
  const std::string_view piece = rest_.substr(0, piece_size(rest_, window_));
  rest_.remove_prefix(piece.size());
  fold_piece(piece, out);
}

std::string fold(std::string_view utf8) {
  std::string out;
  for (Folding folding(utf8); !folding.finished();) folding.next(out);
  return out;
}

std::string collation_key(std::string_view utf8) {
  if (is_ascii(utf8)) {
    std::string out(utf8);
    std::ranges::transform(out, out.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return out;
  }
  const std::u16string text = utf16_from(utf8);
  std::u16string title;
  title.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    UChar32 point = 0;
    U16_NEXT(text, at, text.size(), point);
    point = u_totitle(point);
    if (point < 0x10000) {
      title += static_cast<char16_t>(point);
    } else {
      title += U16_LEAD(point);
      title += U16_TRAIL(point);
    }
  }
  return utf8_from(decomposed(title));
}

}  // namespace postern::wire::mime
