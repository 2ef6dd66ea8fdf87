#pragma once

#include <string>
#include <string_view>

namespace postern::wire::sasl {

/// RFC 4013: user names and passwords in the form that both sides compute with. Text that is not
/// UTF-8 or holds prohibited characters is returned as it is: some servers took it when the
/// password was set.
[[nodiscard]] std::string saslprep(std::string_view text);

}  // namespace postern::wire::sasl
