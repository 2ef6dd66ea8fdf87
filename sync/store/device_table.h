#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "sync/base/uid_set.h"
#include "sync/store/database.h"
#include "sync/store/device.h"

namespace postern::store {

/// Devices of the account, and what is hidden from them. The thread of its Database.
class DeviceTable {
 public:
  explicit DeviceTable(Database& database);

  /// By name.
  [[nodiscard]] std::vector<Device> all();
  [[nodiscard]] std::optional<DeviceId> find(std::string_view name);
  [[nodiscard]] bool has_certificate(DeviceId device);
  /// Whose certificate it is.
  [[nodiscard]] std::optional<DeviceId> owner_of(std::string_view fingerprint);
  /// Its certificate is nobody else's.
  DeviceId add(const NewDevice& device);
  /// In place of the one that it has, which is nobody else's.
  void set_certificate(DeviceId device, const DeviceCertificate& certificate);
  /// False if there is none of that name.
  bool remove(std::string_view name);
  void set_use(DeviceId device, const DeviceUse& use);

  [[nodiscard]] UidSet hidden(DeviceId device, MailboxId mailbox);
  void hide(DeviceId device, MailboxId mailbox, const UidSet& uids);
  /// Forgets what is hidden of messages that are not there any more.
  void forget_hidden(DeviceId device, MailboxId mailbox);

 private:
  Database& database_;
  Statement all_;
  Statement find_;
  Statement owner_;
  Statement has_;
  Statement add_;
  Statement add_sha_1_;
  Statement certify_;
  Statement remove_;
  Statement remove_hidden_;
  Statement remove_certificate_;
  Statement remove_sha_1_;
  Statement use_;
  Statement hidden_;
  Statement hide_;
  Statement forget_;
};

}  // namespace postern::store
