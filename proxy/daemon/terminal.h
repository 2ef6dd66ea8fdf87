#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace postern::daemon {

/// Whether standard output is a terminal; colours and bars are for terminals only.
enum class Output { terminal, plain };
[[nodiscard]] Output standard_output();
[[nodiscard]] std::size_t terminal_width();

enum class Style { bold, good, bad, dim };
/// The text in a style, or as it is.
[[nodiscard]] std::string styled(Output output, Style style, std::string_view text);

/// "1 source", "2 sources".
[[nodiscard]] std::string counted(std::size_t count, std::string_view thing);
/// "512 B", "8.0 kB", "40.1 MB": powers of 1000, as disks and providers count.
[[nodiscard]] std::string octets_text(std::uint64_t octets);
/// "1:05 left", "2:00:10 left"; empty for what nobody would wait for.
[[nodiscard]] std::string left_text(double seconds);
/// "[###-----]"; `share` is from 0 to 1, `width` without the brackets.
[[nodiscard]] std::string bar(double share, std::size_t width);
/// "90 s", "15 minutes".
[[nodiscard]] std::string duration_text(std::chrono::seconds duration);
/// "12:34" from an ISO 8601 time of today, else "2026-11-23 12:34"; "never" for none. Local time.
[[nodiscard]] std::string time_text(const std::string& iso8601);

}  // namespace postern::daemon
