#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sync/wire/mime/section.h"

namespace postern::wire::mime {

/// The fields of a header that mail programs ask for of all messages of a mailbox, to show a list
/// of them (BODY.PEEK[HEADER.FIELDS (...)], RFC 9051 section 6.4.5). They are kept apart from the
/// header, so that such a list costs no look into it.
namespace listed {

/// Some of the names, a bit each.
struct Names {
  std::uint64_t bits = 0;
};

/// What a header has of them, in a compact form for the database; empty if that is more than
/// `most_octets`.
inline constexpr std::size_t most_octets = 4096;
[[nodiscard]] std::string fields(std::string_view header);

/// The names that the section asks for; nullopt: there are others among them, or it asks for all
/// but some.
[[nodiscard]] std::optional<Names> names(const Section& section);

/// Appends what `select_fields` makes of the header and the names. False, and `out` is as it was:
/// `stored` does not tell.
[[nodiscard]] bool select(std::string_view stored, Names wanted, std::string& out);

}  // namespace listed

}  // namespace postern::wire::mime
