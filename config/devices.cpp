#include "config/fields.h"
#include "config/sections.h"
#include "config/values.h"

namespace postern::config {
namespace {

using Pop3Delete = DeviceSettings::Pop3Delete;

Parsed<Pop3Delete> pop3_delete(std::string_view text) {
  if (text == "hide") return Pop3Delete::hide;
  if (text == "expunge") return Pop3Delete::expunge;
  return std::unexpected(
      Problem{shown(text) + " is nothing that can become of a message", "write hide or expunge"});
}

}  // namespace

DeviceSettings read_devices(Report& report, const Node& node) {
  DeviceSettings devices;
  Fields fields(report, node, "devices", {"pop3_delete"});
  fields.read("pop3_delete", devices.pop3_delete, pop3_delete);
  return devices;
}

}  // namespace postern::config
