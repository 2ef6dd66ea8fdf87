#include "sync/wire/mime/folding.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>

#include <algorithm>
#include <cassert>
#include <cstdint>

#include "sync/wire/mime/ascii.h"
#include "sync/wire/mime/text.h"
#include "sync/wire/mime/unicode.h"

namespace postern::wire::mime {
namespace {

struct Forms {
  const UNormalizer2* fold_case = nullptr;
  const UNormalizer2* decompose = nullptr;
};

const Forms& forms() {
  static const Forms both = [] {
    UErrorCode status = U_ZERO_ERROR;
    const Forms opened{unorm2_getNFKCCasefoldInstance(&status), unorm2_getNFKDInstance(&status)};
    assert(U_SUCCESS(status));
    return opened;
  }();
  return both;
}

/// More marks on one letter than any language has. To put them in order takes time with the square
/// of their number.
constexpr std::size_t most_marks = 30;

/// How much of `text` is normalized at once: no more than `most_marks` marks in a row.
std::size_t orderly_part(std::u16string_view text) {
  constexpr char16_t first_mark = 0x300;
  std::size_t marks = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] < first_mark) {
      marks = 0;
      ++at;
      continue;
    }
    const std::size_t begin = at;
    UChar32 point = 0;
    U16_NEXT(text, at, text.size(), point);
    if (u_getCombiningClass(point) == 0) {
      marks = 0;
    } else if (++marks > most_marks) {
      return begin;
    }
  }
  return text.size();
}

std::u16string normalized_part(const UNormalizer2& form, std::u16string_view text) {
  const auto size = static_cast<std::int32_t>(text.size());
  std::u16string out(text.size() * 2 + 64, u'\0');
  UErrorCode status = U_ZERO_ERROR;
  auto needed = unorm2_normalize(&form, text.data(), size, out.data(),
                                 static_cast<std::int32_t>(out.size()), &status);
  if (status == U_BUFFER_OVERFLOW_ERROR) {
    status = U_ZERO_ERROR;
    out.resize(static_cast<std::size_t>(needed));
    needed = unorm2_normalize(&form, text.data(), size, out.data(), needed, &status);
  }
  out.resize(U_SUCCESS(status) ? static_cast<std::size_t>(needed) : 0);
  return out;
}

std::u16string normalized(const UNormalizer2& form, std::u16string_view text) {
  std::size_t part = orderly_part(text);
  std::u16string out = normalized_part(form, text.substr(0, part));
  while (part != text.size()) {
    text.remove_prefix(part);
    part = orderly_part(text);
    out += normalized_part(form, text.substr(0, part));
  }
  return out;
}

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
}

/// Whether folding what stands before `at` and what stands behind it apart makes no difference.
bool may_cut(std::string_view utf8, std::size_t at) {
  if (continues(utf8[at])) return false;
  const std::u16string units = utf16_from(utf8.substr(at, 4));
  UChar32 point = 0;
  U16_GET(units.data(), 0, 0, units.size(), point);
  return unorm2_hasBoundaryBefore(forms().fold_case, point) != 0;
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

}  // namespace

void Folding::next(std::string& out) {
  const std::string_view piece = rest_.substr(0, piece_size(rest_, window_));
  rest_.remove_prefix(piece.size());
  if (is_ascii(piece)) {
    out += lower_case(piece);
    return;
  }
  const std::u16string folded = normalized(*forms().fold_case, utf16_from(piece));
  out += utf8_from(normalized(*forms().decompose, folded));
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
  return utf8_from(normalized(*forms().decompose, title));
}

}  // namespace postern::wire::mime
