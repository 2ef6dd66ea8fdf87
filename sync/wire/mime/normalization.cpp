#include "sync/wire/mime/normalization.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>

#include <cassert>
#include <cstddef>
#include <cstdint>

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

}  // namespace

std::string folded_together(std::string_view utf8) {
  const std::u16string folded = normalized(*forms().fold_case, utf16_from(utf8));
  return utf8_from(normalized(*forms().decompose, folded));
}

bool folds_apart(char32_t point) {
  return unorm2_hasBoundaryBefore(forms().fold_case, static_cast<UChar32>(point)) != 0;
}

std::u16string decomposed(std::u16string_view text) {
  return normalized(*forms().decompose, text);
}

}  // namespace postern::wire::mime
