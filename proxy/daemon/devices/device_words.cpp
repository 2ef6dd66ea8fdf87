#include "proxy/daemon/devices/device_words.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "config/values.h"
#include "proxy/daemon/terminal.h"
#include "sync/base/log.h"

namespace postern::daemon {
namespace {

using nlohmann::json;
using store::DeviceRights;

constexpr std::size_t longest_name = 32;

constexpr std::array<std::pair<DeviceRights, const char*>, 3> names = {{
    {DeviceRights::full, "full"},
    {DeviceRights::read_only, "read-only"},
    {DeviceRights::send_only, "send-only"},
}};

bool can_be_name(std::string_view name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= longest_name && plain(name.front()) &&
         std::ranges::all_of(
             name, [&](char c) { return plain(c) || std::string_view("._-").contains(c); });
}

std::string text_in(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// ", certificate until 2031-11-29"
std::string certificate_text(const json& device) {
  const auto certificate = device.find("certificate");
  if (certificate == device.end() || !certificate->is_object()) return {};
  constexpr std::size_t day = std::string_view("2031-11-29").size();
  const std::string until = text_in(*certificate, "until");
  if (until.empty()) return ", own certificate";
  const bool over = until <= iso8601(wall_now());
  return fmt::format(", certificate {} {}", over ? "expired on" : "until", until.substr(0, day));
}

}  // namespace

const char* name_of(DeviceRights rights) {
  const auto found = std::ranges::find(names, rights, &std::pair<DeviceRights, const char*>::first);
  return found == names.end() ? "" : found->second;
}

std::optional<DeviceRights> rights_from(std::string_view name) {
  for (const auto& [rights, word] : names)
    if (name == word) return rights;
  return std::nullopt;
}

std::optional<Problem> mistake_in(const DeviceWish& wish) {
  if (!can_be_name(wish.name))
    return Problem{
        fmt::format("{} cannot name a device", log::quoted(wish.name, 64)),
        "use up to 32 small letters, digits and . _ -, beginning with a letter or digit"};
  const bool sends_only = wish.rights == DeviceRights::send_only;
  if (sends_only && wish.sender.empty())
    return Problem{"a device that only sends needs the address that it sends from",
                   "add --sender scanner@example.net"};
  if (!sends_only && !wish.sender.empty())
    return Problem{"a fixed sender is for devices that only send", "add --rights send-only"};
  if (sends_only) {
    const auto address = config::mail_address(wish.sender);
    if (!address) return address.error();
  }
  return std::nullopt;
}

json to_json(const store::Device& device) {
  json last = nullptr;
  const store::DeviceUse& use = device.last_use;
  if (use.at != WallTime())
    last = {{"time", iso8601(use.at)}, {"address", use.address}, {"program", use.program}};
  json certificate = nullptr;
  if (const auto& its = device.certificate) {
    const bool known = its->until != WallTime();
    certificate = {{"fingerprint", its->fingerprint},
                   {"until", known ? json(iso8601(its->until)) : json(nullptr)}};
  }
  return {{"name", device.name},
          {"rights", name_of(device.rights)},
          {"sender", device.sender},
          {"login", device.certificate ? "certificate" : "password"},
          {"certificate", std::move(certificate)},
          {"created", iso8601(device.created)},
          {"last_use", std::move(last)}};
}

json to_json(const std::vector<store::Device>& devices) {
  json out = json::array();
  for (const store::Device& device : devices) out.push_back(to_json(device));
  return out;
}

std::string device_line(const json& device) {
  std::string out = fmt::format("{} ({}", text_in(device, "name"), text_in(device, "rights"));
  if (const auto sender = text_in(device, "sender"); !sender.empty()) out += " as " + sender;
  out += certificate_text(device) + "), ";
  const auto last = device.find("last_use");
  if (last == device.end() || !last->is_object())
    return out + fmt::format("never used, made {}", time_text(text_in(device, "created")));
  out += fmt::format("last used {} from {}", time_text(text_in(*last, "time")),
                     text_in(*last, "address"));
  const auto program = text_in(*last, "program");
  return program.empty() ? out : out + ", " + program;
}

}  // namespace postern::daemon
