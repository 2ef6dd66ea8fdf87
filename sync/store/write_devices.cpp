#include "sync/store/write_transaction.h"

namespace postern::store {

Result<DeviceId> WriteTransaction::add_device(const NewDevice& device) {
  if (tables_.devices.has(device.name)) return std::unexpected(Refusal::already_exists);
  return tables_.devices.add(device);
}

Result<void> WriteTransaction::revoke_device(std::string_view name) {
  if (!tables_.devices.remove(name)) return std::unexpected(Refusal::nonexistent);
  return {};
}

void WriteTransaction::set_device_use(DeviceId device, const DeviceUse& use) {
  tables_.devices.set_use(device, use);
}

void WriteTransaction::hide(DeviceId device, MailboxId mailbox, const UidSet& uids) {
  tables_.devices.hide(device, mailbox, uids);
  tables_.devices.forget_hidden(device, mailbox);
}

}  // namespace postern::store
