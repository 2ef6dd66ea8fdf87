#include <fmt/format.h>

#include "config/fields.h"
#include "config/sections.h"
#include "config/values.h"

namespace postern::config {
namespace {

std::filesystem::path existing(Report& report, Fields& fields, std::string_view key,
                               const std::string& name) {
  std::filesystem::path path = report.resolve(name);
  std::error_code unreadable;
  if (report.files() == Report::Files::check && !std::filesystem::exists(path, unreadable) &&
      !unreadable) {
    fields.mistake(key, {fmt::format("{} does not exist", path.string()),
                         "correct the path, or write certificate: auto"});
  }
  return path;
}

}  // namespace

std::optional<TlsFiles> read_tls(Report& report, const Node& node) {
  Fields fields(report, node, "tls", {"certificate", "key"});
  const auto certificate = fields.get("certificate", line_of_text);
  const auto key = fields.get("key", line_of_text);
  if (certificate == "auto") {
    if (key) fields.mistake("key", {"has no meaning with certificate: auto", "delete it"});
    return std::nullopt;
  }
  if (certificate && !key && !fields.has("key")) {
    fields.mistake("certificate", {"has no key beside it", "add key: FILE, or write auto"});
  }
  if (!certificate || !key) {
    if (!certificate && key) fields.require("certificate", "write certificate: FILE");
    return std::nullopt;
  }
  return TlsFiles{existing(report, fields, "certificate", *certificate),
                  existing(report, fields, "key", *key)};
}

}  // namespace postern::config
