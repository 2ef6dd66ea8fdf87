#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postern::wire::mime {

/// Below that many open elements the document is read on as if it began there: what a program that
/// shows mail would never show in another way.
inline constexpr std::size_t html_depth = 256;

/// The text of an HTML document as a reader sees it: blocks on lines of their own, white space
/// collapsed but in <pre>, references resolved, without scripts, styles, comments and the title.
/// Quoted blocks stand behind '>', one for each level. Every input has a text.
///
/// `utf8` is well-formed; a charset that the document itself names is not looked at. Time grows
/// with its length only; nothing is fetched, no entity is defined. Any thread.
[[nodiscard]] std::string html_text(std::string_view utf8);

/// Of the library that reads it: another one may see another text.
[[nodiscard]] std::string_view html_text_version();

/// The charset that an HTML document names within its first octets, or empty.
[[nodiscard]] std::string_view html_charset(std::string_view octets);

}  // namespace postern::wire::mime
