#pragma once

#include <string_view>

namespace postern::web {

/// Where Thunderbird and others look for the settings of a mail address, on the host of its domain
/// and at "autoconfig." of it.
[[nodiscard]] bool is_autoconfig(std::string_view path);
/// Where Outlook does; programs spell it in several ways.
[[nodiscard]] bool is_autodiscover(std::string_view path);

}  // namespace postern::web
