#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "proxy/daemon/commands.h"
#include "proxy/daemon/devices/certificate_files.h"
#include "proxy/daemon/devices/devices.h"

namespace CLI {
class App;
}

namespace postern::daemon {

/// How a device is to log in.
struct DeviceProof {
  enum class Kind : std::uint8_t { password, certificate } kind = Kind::password;
  std::string fingerprint;  ///< of a certificate that was made elsewhere; empty: one is made here
  CertificateForm form = CertificateForm::pkcs12;
  std::filesystem::path folder = ".";  ///< for the files of one that is made here
};
int device_add_command(const std::filesystem::path& config_file, const DeviceWish& wish,
                       const DeviceProof& proof);
int device_renew_command(const std::filesystem::path& config_file, const DeviceWish& wish,
                         const DeviceProof& proof);
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
  void add_proof(CLI::App& command);
  [[nodiscard]] DeviceProof proof() const;

  CLI::App* device_;
  DeviceWish wish_;
  DeviceProof proof_;
  std::string rights_ = "full";
  bool certificate_ = false;
  bool pem_ = false;
  bool json_ = false;
};

}  // namespace postern::daemon
