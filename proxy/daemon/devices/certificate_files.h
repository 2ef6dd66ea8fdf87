#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "sync/base/problem.h"

namespace postern::daemon {

/// What a device's key and certificate are written to.
enum class CertificateForm : std::uint8_t {
  pkcs12,  ///< FOLDER/ACCOUNT-DEVICE.p12
  pem,     ///< FOLDER/ACCOUNT-DEVICE.pem and .key
};

/// Files of one device's certificate, 0600, for the person who carries them to the device. Nothing
/// that exists is overwritten.
struct CertificateFiles {
  std::filesystem::path folder;
  std::string name;  ///< "anna-phone"
  CertificateForm form = CertificateForm::pkcs12;

  /// "pkcs12", "pem": as the daemon is asked for it.
  [[nodiscard]] const char* form_name() const;
  /// Why they could not be written; to be known before the certificate is made.
  [[nodiscard]] std::optional<Problem> obstacle() const;
  /// Of the answer's `certificate` (device_answers.h); what a person is told of it.
  [[nodiscard]] std::expected<std::string, Problem> write(const nlohmann::json& certificate) const;

 private:
  [[nodiscard]] std::filesystem::path file(const char* ending) const;
};

}  // namespace postern::daemon
