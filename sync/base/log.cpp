#include "sync/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include "sync/base/clock.h"

namespace postern::log {
namespace {

struct Output {
  std::shared_ptr<spdlog::logger> logger = std::make_shared<spdlog::logger>(
      "postern", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  Format format = Format::text;

  Output() { logger->set_pattern("%v"); }
};

Output& output() {
  static Output instance;
  return instance;
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warning: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string_view name(Level level) {
  switch (level) {
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::warning: return "warning";
    case Level::error: return "error";
  }
  return "info";
}

}  // namespace

void configure(Level level, Format format) {
  output().format = format;
  output().logger->set_level(to_spdlog(level));
}

bool enabled(Level level) {
  return output().logger->should_log(to_spdlog(level));
}

void emit(Level level, std::string_view area, std::string_view text) {
  std::string line;
  if (output().format == Format::json) {
    const nlohmann::json event = {
        {"time", iso8601(wall_now())}, {"level", name(level)}, {"area", area}, {"text", text}};
    line = event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  } else {
    line = fmt::format("{} {:<7} {}: {}", iso8601(wall_now()), name(level), area, text);
  }
  output().logger->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

std::string quoted(std::string_view peer_words, std::size_t limit) {
  std::string out = "\"";
  for (const char c : peer_words.substr(0, limit)) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (octet < 0x20 || octet >= 0x7f) {
      out += fmt::format("\\x{:02x}", octet);
    } else {
      out += c;
    }
  }
  out += peer_words.size() > limit ? "\"..." : "\"";
  return out;
}

}  // namespace postern::log
