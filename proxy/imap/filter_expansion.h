#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "sync/wire/imap/search_key.h"

namespace postern::imap {

/// Where definitions of filters are kept, as annotations of the server (RFC 5466 section 3.1); what
/// stands first counts first.
inline constexpr std::string_view private_filters = "/private/filters/values/";
inline constexpr std::string_view shared_filters = "/shared/filters/values/";

/// Why a search cannot use its filters.
struct FilterMistake {
  enum class What : std::uint8_t { undefined, malformed, too_many };
  What what = What::undefined;
  std::string name;  ///< of the filter
};

/// The definition of a filter, whose name is in small letters; nullopt: there is none.
using FilterLookup = std::function<std::optional<std::string>(const std::string& name)>;

/// The key with each FILTER put in its place, those within filters as well: at most so many, of so
/// many octets together, so that none that names itself goes on for ever (RFC 5466 section 3.1) and
/// no search is larger than a command line could make it.
inline constexpr unsigned most_filters = 100;
inline constexpr unsigned deepest_filter = 10;
inline constexpr std::size_t most_filter_octets = std::size_t{64} * 1024;
[[nodiscard]] std::expected<wire::imap::SearchKey, FilterMistake> with_filters(
    wire::imap::SearchKey key, const FilterLookup& lookup);

}  // namespace postern::imap
