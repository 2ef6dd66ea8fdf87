#include <algorithm>

#include <fmt/format.h>

#include "config/fields.h"
#include "config/sections.h"
#include "config/values.h"

namespace postern::config {
namespace {

constexpr std::uint64_t KiB = 1024;
constexpr std::uint64_t MiB = 1024 * KiB;

struct Range {
  std::uint64_t least;
  std::uint64_t most;
};

auto octets_within(Range range) {
  return [range](std::string_view text) -> Parsed<std::uint64_t> {
    auto value = octets(text);
    if (value && (*value < range.least || *value > range.most)) {
      return std::unexpected(
          Problem{fmt::format("{} is too small or too large", shown(text)),
                  fmt::format("write {} KiB to {} MiB", range.least / KiB, range.most / MiB)});
    }
    return value;
  };
}

auto count_within(Range range) {
  return [range](std::string_view text) { return whole_number(text, range.least, range.most); };
}

Parsed<log::Level> level(std::string_view text) {
  if (text == "debug") return log::Level::debug;
  if (text == "info") return log::Level::info;
  if (text == "warning") return log::Level::warning;
  if (text == "error") return log::Level::error;
  return std::unexpected(Problem{fmt::format("{} is not a level", shown(text)),
                                 "write debug, info, warning or error"});
}

Parsed<log::Format> format(std::string_view text) {
  if (text == "text") return log::Format::text;
  if (text == "json") return log::Format::json;
  return std::unexpected(
      Problem{fmt::format("{} is not a format", shown(text)), "write text or json"});
}

}  // namespace

LimitSettings read_limits(Report& report, const Node& node) {
  LimitSettings limits;
  Fields fields(report, node, "limits",
                {"connections", "connections_per_address", "message", "command_line"});
  fields.read("connections", limits.connections, count_within({1, 100000}));
  fields.read("connections_per_address", limits.connections_per_address, count_within({1, 100000}));
  if (!fields.has("connections_per_address")) {
    limits.connections_per_address = std::min(limits.connections_per_address, limits.connections);
  } else if (limits.connections_per_address > limits.connections) {
    fields.mistake("connections_per_address",
                   {fmt::format("is more than all connections ({})", limits.connections),
                    "lower it, or raise connections"});
  }
  fields.read("message", limits.message, octets_within({64 * KiB, 1024 * MiB}));
  fields.read("command_line", limits.command_line, octets_within({8 * KiB, MiB}));
  return limits;
}

void read_log(Report& report, const Node& node, Config& config) {
  Fields fields(report, node, "log", {"level", "format"});
  fields.read("level", config.log_level, level);
  fields.read("format", config.log_format, format);
}

}  // namespace postern::config
