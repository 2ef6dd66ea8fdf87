#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postern::wire::smtp {

enum class Charset : std::uint8_t {
  ascii,
  utf8,  ///< SMTPUTF8 was said: RFC 6531 section 3.3
};

/// RFC 5321 section 4.1.2, `Mailbox`: "local-part@domain" and nothing else, so that no address can
/// hold a line end, a blank outside of quotes or a bracket that is not meant.
[[nodiscard]] bool is_mailbox(std::string_view address, Charset charset);

/// Takes a `Path` off the front of `rest`, brackets included, and gives what stands in it; a source
/// route is left out (RFC 5321 appendix C). "<>" gives an empty one. nullopt, and `rest` as it was,
/// for what is no path.
[[nodiscard]] std::optional<std::string_view> take_path(std::string_view& rest, Charset charset);

/// A host's name or an address in brackets, as EHLO wants it (RFC 5321 section 4.1.1.1).
[[nodiscard]] bool is_domain_or_literal(std::string_view text, Charset charset);

[[nodiscard]] bool is_ascii(std::string_view text);

/// The same mailbox, as far as its owner sees it: without regard to case.
[[nodiscard]] bool same_mailbox(std::string_view a, std::string_view b);

/// RFC 3461 section 4: what a parameter may hold beside the printable ASCII characters is written
/// as "+" and two hexadecimal digits.
[[nodiscard]] std::string to_xtext(std::string_view text);
/// nullopt for what is no xtext.
[[nodiscard]] std::optional<std::string> from_xtext(std::string_view xtext);

}  // namespace postern::wire::smtp
