#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "sync/base/clock.h"

namespace postern::wire::imap {

/// RFC 3501 section 9, `date-text`: "1-Feb-1994". A day that the calendar has.
[[nodiscard]] std::optional<std::chrono::sys_days> parse_date_text(std::string_view text);
[[nodiscard]] std::string format_date(std::chrono::sys_days day);

/// RFC 3501 section 9, `date-time` without its quotes: "17-Jul-1996 02:44:25 -0700", a day below 10
/// with a space before it.
[[nodiscard]] std::optional<InternalDate> parse_date_time(std::string_view text);
[[nodiscard]] std::string format_date_time(InternalDate date);

/// The day in the zone of the date itself (RFC 3501 section 6.4.4: searches disregard time and
/// zone).
[[nodiscard]] std::chrono::sys_days day_of(InternalDate date);

}  // namespace postern::wire::imap
