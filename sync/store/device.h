#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sync/base/clock.h"
#include "sync/base/ids.h"

namespace postern::store {

/// What a device may do.
enum class DeviceRights : std::uint8_t {
  full,
  read_only,  ///< sees all and changes nothing
  send_only,  ///< hands in messages, from one address
};

/// What is kept of a device's password: enough to see that somebody knows it, not to log in with.
struct DeviceKeys {
  // SCRAM-SHA-256 (RFC 5802 section 3).
  std::string scram_salt;
  unsigned scram_iterations = 0;
  std::string stored_key;
  std::string server_key;
  // SCRAM-SHA-1 with the same salt; empty of a device that an earlier release made.
  std::string stored_key_sha_1;
  std::string server_key_sha_1;
  // scrypt (RFC 7914).
  std::string scrypt_salt;
  unsigned scrypt_cost = 0;  ///< binary logarithm of N
  std::string scrypt_hash;
  bool operator==(const DeviceKeys&) const = default;
};

/// The certificate that a device logs in with.
struct DeviceCertificate {
  std::string fingerprint;  ///< "SHA256:" and 64 hex digits in lower case; of one device only
  WallTime until{};         ///< 0: not known, of one that was made elsewhere
  bool operator==(const DeviceCertificate&) const = default;
};

struct NewDevice {
  std::string name;  ///< unique in the account
  DeviceRights rights = DeviceRights::full;
  std::string sender;  ///< of one that only sends: its address
  DeviceKeys keys;     ///< none of them fits anything if there is a certificate
  WallTime created{};
  std::optional<DeviceCertificate> certificate{};  ///< instead of a password
  bool operator==(const NewDevice&) const = default;
};

/// When a device was here last, and as what.
struct DeviceUse {
  WallTime at{};        ///< 0: never
  std::string address;  ///< without port
  std::string program;  ///< as it calls itself; empty if it says nothing
  bool operator==(const DeviceUse&) const = default;
};

/// One mail program or phone with its own password, or certificate, for the account.
struct Device : NewDevice {
  DeviceId id;
  DeviceUse last_use;
  bool operator==(const Device&) const = default;
};

}  // namespace postern::store
