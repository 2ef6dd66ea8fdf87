#include "sync/store/write_transaction.h"

namespace postern::store {

Result<DeviceId> WriteTransaction::add_device(const NewDevice& device) {
  if (tables_.devices.find(device.name)) return std::unexpected(Refusal::already_exists);
  if (device.certificate && tables_.devices.owner_of(device.certificate->fingerprint))
    return std::unexpected(Refusal::in_use);
  return tables_.devices.add(device);
}

Result<void> WriteTransaction::renew_device(std::string_view name,
                                            const DeviceCertificate& certificate) {
  const auto device = tables_.devices.find(name);
  if (!device) return std::unexpected(Refusal::nonexistent);
  if (!tables_.devices.has_certificate(*device)) return std::unexpected(Refusal::cannot);
  const auto owner = tables_.devices.owner_of(certificate.fingerprint);
  if (owner && *owner != *device) return std::unexpected(Refusal::in_use);
  tables_.devices.set_certificate(*device, certificate);
  return {};
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
