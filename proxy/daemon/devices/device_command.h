#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "proxy/daemon/commands.h"
#include "proxy/daemon/devices/devices.h"

namespace CLI {
class App;
}

namespace postern::daemon {

int device_add_command(const std::filesystem::path& config_file, const DeviceWish& wish);
/// Of all accounts without one.
int device_list_command(const std::filesystem::path& config_file, const std::string& account,
                        StatusForm form);
int device_revoke_command(const std::filesystem::path& config_file, const std::string& account,
                          const std::string& name);

/// Adds `device` to the command line, and runs what of it was given.
class DeviceCommandLine {
 public:
  DeviceCommandLine(CLI::App& app, std::filesystem::path& config_file);
  /// nullopt: it is none of them.
  [[nodiscard]] std::optional<int> run(const std::filesystem::path& config_file) const;

 private:
  CLI::App* device_;
  DeviceWish wish_;
  std::string rights_ = "full";
  bool json_ = false;
};

}  // namespace postern::daemon
