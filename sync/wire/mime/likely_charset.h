#pragma once

#include <string_view>

namespace postern::wire::mime {

/// The charset, by a name of ICU, that text without a declared one looks like: UTF-8 where that is
/// valid, ISO-2022-JP by its escapes, else what ICU's detector is sure enough of, and windows-1252
/// where it is not. Only so much of a long text is looked at as decides it; one of a few octets
/// above 0x7f is never more than windows-1252.
[[nodiscard]] std::string_view likely_charset(std::string_view octets);

}  // namespace postern::wire::mime
