#pragma once

#include <string_view>

#include "sync/base/clock.h"

namespace postern::engine {

/// When a message arrived in its upstream mailbox: the date of its topmost Received field (RFC 5321
/// section 4.4), which the provider's own server wrote; `now` if there is none, or if it lies in
/// the future. POP3 itself does not tell.
[[nodiscard]] InternalDate delivery_date(std::string_view beginning_of_message, WallTime now);

}  // namespace postern::engine
