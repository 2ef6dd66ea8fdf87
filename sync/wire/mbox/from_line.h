#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "sync/base/clock.h"

namespace postern::wire::mbox {

/// The line before each message: "From anna@example.net Fri Jul  8 12:08:34 2011" (RFC 4155). A
/// zone may stand before or behind the year; without one the time is UTC.
struct FromLine {
  std::string sender;
  std::optional<InternalDate> date;  ///< none in "From " and "From -", as Thunderbird writes them
};

/// With its line end. What is longer is text to the reader; what is written is 1000 at most.
inline constexpr std::size_t longest_from_line = 16UL * 1024;

/// `line` is without its line end. nullopt if it is no such line: that it begins "From " is not
/// enough.
[[nodiscard]] std::optional<FromLine> parse_from_line(std::string_view line);

/// Without a line end; parse_from_line() takes it. The zone is left out where it is UTC. Octets of
/// the sender that would break the line are left out; an empty or overlong one is MAILER-DAEMON. A
/// zone that the line has no words for is UTC, a date the nearest one that it has words for.
[[nodiscard]] std::string format_from_line(std::string_view sender, InternalDate date);

}  // namespace postern::wire::mbox
