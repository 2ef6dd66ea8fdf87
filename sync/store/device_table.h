#pragma once

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
  [[nodiscard]] bool has(std::string_view name);
  DeviceId add(const NewDevice& device);
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
  Statement add_;
  Statement remove_;
  Statement remove_hidden_;
  Statement use_;
  Statement hidden_;
  Statement hide_;
  Statement forget_;
};

}  // namespace postern::store
