#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace postern::log {

enum class Level { debug, info, warning, error };
enum class Format { text, json };

/// Where log lines go: standard error, one line an event. Call before other threads exist; may be
/// called again on reload.
void configure(Level level, Format format);
[[nodiscard]] bool enabled(Level level);
/// `area` is the room that speaks: "source", "imap", "store", ...
void emit(Level level, std::string_view area, std::string_view text);

/// A peer's words, made harmless for a log or a terminal: in double quotes, control and 8-bit
/// octets as \xNN, cut after `limit` octets.
[[nodiscard]] std::string quoted(std::string_view peer_words, std::size_t limit = 200);

template <class... Args>
void write(Level level, std::string_view area, fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(level)) emit(level, area, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void debug(std::string_view area, fmt::format_string<Args...> format, Args&&... args) {
  write(Level::debug, area, format, std::forward<Args>(args)...);
}
template <class... Args>
void info(std::string_view area, fmt::format_string<Args...> format, Args&&... args) {
  write(Level::info, area, format, std::forward<Args>(args)...);
}
template <class... Args>
void warning(std::string_view area, fmt::format_string<Args...> format, Args&&... args) {
  write(Level::warning, area, format, std::forward<Args>(args)...);
}
template <class... Args>
void error(std::string_view area, fmt::format_string<Args...> format, Args&&... args) {
  write(Level::error, area, format, std::forward<Args>(args)...);
}

}  // namespace postern::log
