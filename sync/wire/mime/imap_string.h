#pragma once

#include <optional>
#include <string>
#include <string_view>

/// How text from a header is written into ENVELOPE, BODY and BODYSTRUCTURE.
/// RFC 9051 section 9: `string`, `nstring`, `literal`.
namespace postern::wire::mime {

/// A quoted string, or a literal where `value` holds an octet that cannot be quoted.
void append_string(std::string& out, std::string_view value);

/// NIL where there is no value.
void append_nstring(std::string& out, const std::optional<std::string>& value);

/// For text that is read by people (subject, display name): runs of white space become one space.
/// A value that had to be changed, or needs an escape, is sent as a literal, as Dovecot does.
void append_display_string(std::string& out, std::string_view value);

}  // namespace postern::wire::mime
