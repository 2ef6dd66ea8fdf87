#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postern::wire::mime {

/// RFC 2047: a header field's value as UTF-8, encoded words decoded, folding undone. Wrong forms
/// that real programs write are read as they were meant; undecodable octets become U+FFFD.
[[nodiscard]] std::string decode_header(std::string_view value);

/// Undoes a Content-Transfer-Encoding ("base64", "quoted-printable"; anything else is returned as
/// it is).
[[nodiscard]] std::string decode_transfer(std::string_view octets, std::string_view encoding);

/// To UTF-8, through ICU; in place of an unknown or empty charset the one that the octets look like
/// (`likely_charset`).
[[nodiscard]] std::string to_utf8(std::string_view octets, std::string_view charset);
[[nodiscard]] bool known_charset(std::string_view charset);

/// Case folded and normalised, so that a substring search on two folded texts is the search RFC
/// 9051 section 6.4.4 and RFC 5051 mean. It may become 18 times as long: `Folding` for long ones.
[[nodiscard]] std::string fold(std::string_view utf8);

/// The key by which i;unicode-casemap orders (RFC 5051 section 2, titlecase and decomposition), to
/// be compared octet by octet. Canonically equivalent texts have one key.
[[nodiscard]] std::string collation_key(std::string_view utf8);

/// Seconds since 1970 of a Date field, as dates really occur: RFC 5256 section 2.2. Without a zone,
/// or with an impossible one, it is UTC; an impossible time is 00:00:00. nullopt: there is no day.
[[nodiscard]] std::optional<long long> sent_date(std::string_view value);

/// The same, or `fallback`.
[[nodiscard]] long long parse_date(std::string_view value, long long fallback);

/// The day that a Date field names, in days since 1970, whatever its time and zone: what RFC 9051
/// section 6.4.4 compares for SENTBEFORE, SENTON and SENTSINCE.
[[nodiscard]] std::optional<long long> written_day(std::string_view value);

}  // namespace postern::wire::mime
