#pragma once

#include <cstdint>

namespace postern::wire::mbox {

/// How an mbox keeps its separators apart from lines of text that look like one.
///
/// - `mboxo` puts '>' before lines that begin "From ". What begins ">From " cannot be told from it.
/// - `mboxrd` puts '>' before lines that begin with any number of '>' and "From ": nothing is lost.
/// - `mboxcl` quotes as mboxrd and says in Content-Length how long the text is.
/// - `mboxcl2` says that and quotes nothing.
enum class Variant : std::uint8_t { mboxo, mboxrd, mboxcl, mboxcl2 };

[[nodiscard]] constexpr bool has_length(Variant variant) {
  return variant == Variant::mboxcl || variant == Variant::mboxcl2;
}

}  // namespace postern::wire::mbox
