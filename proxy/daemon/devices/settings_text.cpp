#include "proxy/daemon/devices/settings_text.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "config/values.h"

namespace postern::daemon {
namespace {

const char* security_of(const std::string& protocol, bool plaintext_will_do) {
  if (protocol == "scanner") return "no encryption";
  if (protocol == "imaps" || protocol == "submissions") return "SSL/TLS";
  return plaintext_will_do ? "STARTTLS, or none" : "STARTTLS";
}

const char* title_of(const std::string& protocol) {
  if (protocol.starts_with("imap")) return "IMAP server";
  return protocol == "pop3" ? "POP3 server" : "SMTP server";
}

/// What the device's rights allow it to log in at.
bool is_for(const DeviceWish& device, const std::string& protocol) {
  const store::DeviceRights rights = device.rights;
  const bool submission = protocol.starts_with("submission");
  // One device alone may log in there, which the configuration names.
  if (protocol == "scanner") return rights == store::DeviceRights::send_only && !device.certificate;
  if (!submission && !protocol.starts_with("imap") && protocol != "pop3") return false;
  if (rights == store::DeviceRights::send_only) return submission;
  return rights == store::DeviceRights::full || !submission;
}

std::string line(const DeviceWish& device, const ListeningPlace& place, const std::string& host) {
  const std::size_t colon = place.address.rfind(':');
  std::string_view address = std::string_view(place.address).substr(0, colon);
  const std::string_view port = std::string_view(place.address).substr(colon + 1);
  if (address.starts_with('[')) address = address.substr(1, address.size() - 2);
  const bool loopback = config::is_loopback(address);
  const bool any = address == "0.0.0.0" || address == "::";
  return fmt::format("  {:<12} {}, port {}, {}{}\n", title_of(place.protocol),
                     any ? std::string_view(host) : address, port,
                     security_of(place.protocol, loopback && !device.certificate),
                     loopback ? " (programs on this machine only)" : "");
}

}  // namespace

std::string settings_text(const DeviceWish& device, const Secret& password,
                          const std::vector<ListeningPlace>& places, const std::string& host) {
  std::string out =
      fmt::format("{} has a new device, {}. Type this into it:\n\n", device.account, device.name);
  std::size_t count = 0;
  for (const ListeningPlace& place : places) {
    if (!is_for(device, place.protocol)) continue;
    out += line(device, place, host);
    ++count;
  }
  if (count == 0)
    out += "  (nothing listens that it could log in at: name a listener under `listen:`)\n";
  out += fmt::format("  {:<12} {}/{}\n", "User name", device.account, device.name);
  if (device.certificate) {
    out += fmt::format("  {:<12} none: \"TLS certificate\" (EXTERNAL)\n", "Password");
  } else {
    out += fmt::format("  {:<12} {}\n", "Password", password.reveal());
  }
  if (!device.sender.empty()) out += fmt::format("  {:<12} {}\n", "Sends as", device.sender);
  if (device.certificate) return out;
  return out +
         "\nThe password is shown this once. If it is lost, revoke the device and add it anew.\n";
}

}  // namespace postern::daemon
