#pragma once

#include <string>
#include <string_view>

namespace postern::wire::mime {

/// What `fold` makes of a text, through ICU, as a whole.
[[nodiscard]] std::string folded_together(std::string_view utf8);

/// Whether nothing that stands before `point` changes what folding makes of it, and of all that
/// follows.
[[nodiscard]] bool folds_apart(char32_t point);

/// NFKD.
[[nodiscard]] std::u16string decomposed(std::u16string_view text);

}  // namespace postern::wire::mime
