#pragma once

#include <string>
#include <string_view>

#include "sync/wire/ascii.h"

namespace postern::wire::mime {

/// The HTML standard, section "Whitespace" of its syntax: with FF.
inline constexpr OctetSet html_white_space([](char c) { return white_space(c) || c == '\f'; });

/// An HTML document with only what says something about its text, so that the library's parser
/// neither stumbles nor loiters: tags without attributes; no comments, declarations, scripts,
/// styles and titles; line breaks for the ends of <body> and <html>, behind which it would read
/// nothing more; NUL as U+FFFD. A '<' that starts nothing, or nothing that ends, becomes a
/// reference. Time grows with the length only.
[[nodiscard]] std::string prepared_html(std::string_view utf8);

}  // namespace postern::wire::mime
